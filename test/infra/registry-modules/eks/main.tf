data "aws_partition" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  count = 1

  name_prefix        = "${var.name}-cluster-"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(["AmazonEKSClusterPolicy"])

  role       = aws_iam_role.this[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.key}"
}

resource "aws_kms_key" "this" {
  count = var.create_kms_key ? 1 : 0

  enable_key_rotation = var.enable_kms_key_rotation
  tags                = var.tags
}

resource "aws_cloudwatch_log_group" "this" {
  count = 1

  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.cloudwatch_log_group_retention_in_days
  tags              = var.tags
}

resource "aws_eks_cluster" "this" {
  count = 1

  name                          = var.name
  role_arn                      = aws_iam_role.this[0].arn
  version                       = var.kubernetes_version
  enabled_cluster_log_types     = var.enabled_log_types
  bootstrap_self_managed_addons = false
  deletion_protection           = var.deletion_protection

  access_config {
    authentication_mode                         = var.authentication_mode
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    security_group_ids      = [aws_security_group.cluster[0].id]
    subnet_ids              = var.subnet_ids
    endpoint_private_access = var.endpoint_private_access
    endpoint_public_access  = var.endpoint_public_access
    public_access_cidrs     = var.endpoint_public_access_cidrs
  }

  kubernetes_network_config {
    service_ipv4_cidr = var.service_ipv4_cidr
  }

  dynamic "encryption_config" {
    for_each = var.encryption_config == null ? [] : [var.encryption_config]

    content {
      resources = encryption_config.value.resources

      provider {
        key_arn = var.create_kms_key ? aws_kms_key.this[0].arn : encryption_config.value.provider_key_arn
      }
    }
  }

  dynamic "upgrade_policy" {
    for_each = var.upgrade_policy == null ? [] : [var.upgrade_policy]

    content {
      support_type = upgrade_policy.value.support_type
    }
  }

  tags = var.tags
}

resource "aws_eks_access_entry" "this" {
  for_each = var.access_entries

  cluster_name  = aws_eks_cluster.this[0].name
  principal_arn = each.value.principal_arn
  tags          = var.tags
}

resource "aws_eks_access_policy_association" "this" {
  for_each = merge([for name, entry in var.access_entries : {
    for key, policy in entry.policy_associations : "${name}_${key}" => merge(policy, { principal_arn = entry.principal_arn })
  }]...)

  cluster_name  = aws_eks_cluster.this[0].name
  principal_arn = each.value.principal_arn
  policy_arn    = each.value.policy_arn

  access_scope {
    type       = each.value.access_scope.type
    namespaces = each.value.access_scope.namespaces
  }

  depends_on = [aws_eks_access_entry.this]
}

resource "aws_iam_openid_connect_provider" "oidc_provider" {
  count = 1

  url            = aws_eks_cluster.this[0].identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
  tags           = var.tags
}

resource "aws_eks_addon" "before_compute" {
  for_each = { for name, addon in coalesce(var.addons, {}) : name => addon if addon.before_compute }

  cluster_name         = aws_eks_cluster.this[0].name
  addon_name           = each.key
  addon_version        = each.value.addon_version
  configuration_values = each.value.configuration_values
  tags                 = var.tags
}

resource "aws_eks_addon" "this" {
  for_each = { for name, addon in coalesce(var.addons, {}) : name => addon if !addon.before_compute }

  cluster_name         = aws_eks_cluster.this[0].name
  addon_name           = each.key
  addon_version        = each.value.addon_version
  configuration_values = each.value.configuration_values
  tags                 = var.tags

  dynamic "pod_identity_association" {
    for_each = coalesce(each.value.pod_identity_association, [])

    content {
      role_arn        = pod_identity_association.value.role_arn
      service_account = pod_identity_association.value.service_account
    }
  }

  depends_on = [module.eks_managed_node_group]
}

module "eks_managed_node_group" {
  source   = "./modules/node-group"
  for_each = coalesce(var.eks_managed_node_groups, {})

  name               = each.key
  cluster_name       = aws_eks_cluster.this[0].name
  kubernetes_version = var.kubernetes_version
  group              = each.value
  security_group_ids = [aws_security_group.node[0].id]
  tags               = var.tags

  depends_on = [aws_eks_addon.before_compute]
}
