variable "name" {
  type = string
}

variable "cluster_name" {
  type = string
}

variable "kubernetes_version" {
  type = string
}

variable "group" {
  type = any
}

variable "security_group_ids" {
  type = list(string)
}

variable "tags" {
  type = map(string)
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  count = 1

  name_prefix        = "${coalesce(var.group.iam_role_name, "${var.name}-eks-node-group")}-"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"])

  role       = aws_iam_role.this[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.key}"
}

resource "aws_launch_template" "this" {
  count = 1

  name_prefix            = "${var.name}-"
  vpc_security_group_ids = var.security_group_ids
  user_data              = base64encode(join("\n", coalesce(var.group.cloudinit_pre_nodeadm, [])[*].content))

  dynamic "block_device_mappings" {
    for_each = var.group.block_device_mappings

    content {
      device_name = block_device_mappings.value.device_name

      ebs {
        delete_on_termination = block_device_mappings.value.ebs.delete_on_termination
        encrypted             = block_device_mappings.value.ebs.encrypted
        kms_key_id            = block_device_mappings.value.ebs.kms_key_id
        volume_size           = block_device_mappings.value.ebs.volume_size
        volume_type           = block_device_mappings.value.ebs.volume_type
      }
    }
  }

  metadata_options {
    http_endpoint               = var.group.metadata_options.http_endpoint
    http_tokens                 = var.group.metadata_options.http_tokens
    http_put_response_hop_limit = var.group.metadata_options.http_put_response_hop_limit
  }

  tags = var.tags
}

resource "aws_eks_node_group" "this" {
  count = 1

  cluster_name           = var.cluster_name
  node_group_name_prefix = "${var.name}-"
  node_role_arn          = aws_iam_role.this[0].arn
  subnet_ids             = var.group.subnet_ids
  version                = var.kubernetes_version
  ami_type               = var.group.ami_type
  capacity_type          = var.group.capacity_type
  instance_types         = var.group.instance_types

  scaling_config {
    min_size     = var.group.min_size
    max_size     = var.group.max_size
    desired_size = var.group.desired_size
  }

  launch_template {
    id      = aws_launch_template.this[0].id
    version = aws_launch_template.this[0].default_version
  }

  update_config {
    max_unavailable            = var.group.update_config.max_unavailable
    max_unavailable_percentage = var.group.update_config.max_unavailable_percentage
  }

  tags = var.tags

  # The autoscaler decides how many there are.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }
}
