locals {
  tags = merge(var.tags, { Module = "evenkeel/eks" })

  subnet_ids = values(var.subnet_ids_by_zone)
  is_arm     = can(regex("^[a-z]+[0-9]+[a-z-]*g", var.node_instance_types[0]))

  groups = var.node_layout == "shared" ? { shared = local.subnet_ids } : {
    for zone, subnet in var.subnet_ids_by_zone : zone => [subnet]
  }

  node_group = {
    ami_type       = local.is_arm ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD"
    iam_role_name  = "${var.name}-node"
    instance_types = var.node_instance_types
    capacity_type  = var.node_capacity_type

    min_size     = var.node_count.min
    desired_size = var.node_count.desired
    max_size     = var.node_count.max

    # One node at a time: each drain hands over every primary on it.
    update_config = { max_unavailable = 1 }

    # A token for every call, and none that passes a pod's extra network hop: pods cannot become the node.
    metadata_options = {
      http_endpoint               = "enabled"
      http_tokens                 = "required"
      http_put_response_hop_limit = 1
    }

    cloudinit_pre_nodeadm = [{
      content_type = "application/node.eks.aws"
      content = yamlencode({
        apiVersion = "node.eks.aws/v1alpha1"
        kind       = "NodeConfig"
        spec = {
          kubelet = {
            config = {
              maxPods      = var.max_pods_per_node
              kubeReserved = { memory = "${local.kubelet_mib}Mi" }
            }
          }
        }
      })
    }]

    block_device_mappings = {
      root = {
        device_name = "/dev/xvda"
        ebs = {
          volume_type           = "gp3"
          volume_size           = var.node_disk_gib
          encrypted             = true
          delete_on_termination = true
        }
      }
    }
  }
}

data "aws_partition" "current" {}

module "eks" {
  #checkov:skip=CKV_TF_1:The registry's modules are pinned by exact version; it serves no commits
  source  = "terraform-aws-modules/eks/aws"
  version = "21.26.0"

  name               = var.name
  kubernetes_version = var.kubernetes_version

  vpc_id            = var.vpc_id
  subnet_ids        = local.subnet_ids
  service_ipv4_cidr = var.service_cidr

  endpoint_private_access      = true
  endpoint_public_access       = var.endpoint_public_access
  endpoint_public_access_cidrs = var.endpoint_public_access_cidrs

  # Access entries alone decide who gets in; the creator is one of them only if it is named.
  authentication_mode                      = "API"
  enable_cluster_creator_admin_permissions = false
  access_entries = {
    for name, arn in var.admin_principal_arns : name => {
      principal_arn = arn
      policy_associations = {
        admin = {
          policy_arn   = "arn:${data.aws_partition.current.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
          access_scope = { type = "cluster" }
        }
      }
    }
  }

  # A key of our own for secrets: who may use it is decided, and seen, in this account.
  create_kms_key          = true
  enable_kms_key_rotation = true
  encryption_config       = { resources = ["secrets"] }

  enabled_log_types                      = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  cloudwatch_log_group_retention_in_days = var.log_retention_days

  deletion_protection = var.deletion_protection
  # When standard support ends the version is raised by AWS, instead of billed at six times the price.
  upgrade_policy = { support_type = "STANDARD" }

  node_security_group_enable_recommended_rules = var.egress == "open"
  node_security_group_additional_rules         = local.node_rules

  addons                  = local.addons
  eks_managed_node_groups = { for name, subnets in local.groups : name => merge(local.node_group, { subnet_ids = subnets }) }

  tags = local.tags
}
