# On top of what upstream always opens: the control plane to the kubelet (10250) and to the API of pods on 443, nodes
# among themselves to DNS (53). With egress open, upstream's recommended rules add node to node above 1024, the usual
# webhook ports from the control plane, and everything outward.
locals {
  from_control_plane = {
    ingress_cluster_agents = {
      description                   = "Control plane to the agents beside the servers, through the pod proxy"
      protocol                      = "tcp"
      from_port                     = var.agent_port
      to_port                       = var.agent_port
      type                          = "ingress"
      source_cluster_security_group = true
    }
  }

  restricted = {
    ingress_nodes_unprivileged = {
      description = "Node to node above 1024: pods among themselves"
      protocol    = "tcp"
      from_port   = 1025
      to_port     = 65535
      type        = "ingress"
      self        = true
    }
    ingress_cluster_webhooks = {
      description                   = "Control plane to admission webhooks"
      protocol                      = "tcp"
      from_port                     = 9443
      to_port                       = 9443
      type                          = "ingress"
      source_cluster_security_group = true
    }
    egress_vpc = {
      description = "Nodes to the VPC: pods, DNS, control plane, endpoints"
      protocol    = "-1"
      from_port   = 0
      to_port     = 0
      type        = "egress"
      cidr_blocks = [var.vpc_cidr]
    }
    egress_https = {
      description = "Nodes to image registries and AWS by HTTPS"
      protocol    = "tcp"
      from_port   = 443
      to_port     = 443
      type        = "egress"
      cidr_blocks = var.egress_https_cidrs
    }
  }

  node_rules = merge(local.from_control_plane, var.egress == "restricted" ? local.restricted : null)
}
