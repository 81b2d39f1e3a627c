locals {
  from_cluster = { for name, port in {
    ingress_cluster_443     = 443
    ingress_cluster_kubelet = 10250
  } : name => { protocol = "tcp", from_port = port, to_port = port, type = "ingress", source_cluster_security_group = true } }

  dns = { for protocol in ["tcp", "udp"] : "ingress_self_coredns_${protocol}" => {
    protocol = protocol, from_port = 53, to_port = 53, type = "ingress", self = true
  } }

  webhooks = { for port in [4443, 6443, 8443, 9443, 10251] : "ingress_cluster_${port}_webhook" => {
    protocol = "tcp", from_port = port, to_port = port, type = "ingress", source_cluster_security_group = true
  } }

  recommended = merge(local.webhooks, {
    ingress_nodes_ephemeral = { protocol = "tcp", from_port = 1025, to_port = 65535, type = "ingress", self = true }
    egress_all              = { protocol = "-1", from_port = 0, to_port = 0, type = "egress", cidr_blocks = ["0.0.0.0/0"] }
  })

  node_rules = merge(
    local.from_cluster,
    local.dns,
    { for name, rule in local.recommended : name => rule if var.node_security_group_enable_recommended_rules },
    var.node_security_group_additional_rules,
  )
}

resource "aws_security_group" "cluster" {
  count = 1

  name_prefix = "${var.name}-cluster-"
  description = "EKS cluster security group"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_security_group_rule" "cluster" {
  for_each = toset(["ingress_nodes_443"])

  security_group_id        = aws_security_group.cluster[0].id
  description              = "Node groups to cluster API"
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 443
  to_port                  = 443
  source_security_group_id = aws_security_group.node[0].id
}

resource "aws_security_group" "node" {
  count = 1

  name_prefix = "${var.name}-node-"
  description = "EKS node shared security group"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_security_group_rule" "node" {
  for_each = local.node_rules

  security_group_id        = aws_security_group.node[0].id
  description              = try(each.value.description, null)
  type                     = each.value.type
  protocol                 = each.value.protocol
  from_port                = each.value.from_port
  to_port                  = each.value.to_port
  cidr_blocks              = try(each.value.cidr_blocks, null)
  self                     = try(each.value.self, null)
  source_security_group_id = try(each.value.source_cluster_security_group, false) ? aws_security_group.cluster[0].id : null
}
