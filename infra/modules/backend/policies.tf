data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  state_keys = local.has_github ? var.github.state_keys : []
  state_arns = [for key in local.state_keys : "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}/${key}"]
  lock_files = [for arn in local.state_arns : "${arn}.tflock"]
  regions    = local.has_github ? coalesce(var.github.regions, [data.aws_region.current.region]) : []
  prefixes   = local.has_github ? var.github.name_prefixes : []
  role_arns  = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role"
}

# What terraform needs of the backend: a plan reads the state and takes the lock, only an apply writes the state.
# Nobody may delete an old version: it is the way back.
data "aws_iam_policy_document" "state" {
  for_each = local.subjects

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]
  }

  statement {
    sid       = each.key == "apply" ? "WriteState" : "ReadState"
    actions   = each.key == "apply" ? ["s3:GetObject", "s3:PutObject"] : ["s3:GetObject"]
    resources = local.state_arns
  }

  dynamic "statement" {
    for_each = var.lock == "dynamodb" ? [] : ["file"]

    content {
      sid       = "LockFile"
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      resources = local.lock_files
    }
  }

  dynamic "statement" {
    for_each = var.lock == "s3" ? [] : aws_dynamodb_table.locks[*].arn

    content {
      sid       = "LockTable"
      actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
      resources = [statement.value]

      # Only the locks and digests of these states.
      condition {
        test     = "ForAllValues:StringEquals"
        variable = "dynamodb:LeadingKeys"
        values   = flatten([for key in local.state_keys : ["${var.bucket_name}/${key}", "${var.bucket_name}/${key}-md5"]])
      }
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "StateKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

data "aws_iam_policy_document" "plan_denied" {
  statement {
    sid    = "NoSecrets"
    effect = "Deny"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:StartQuery",
      "secretsmanager:GetSecretValue",
      "ssm:GetParameter*",
    ]
    resources = ["*"]
  }

  statement {
    sid           = "NoOtherObjects"
    effect        = "Deny"
    actions       = ["s3:GetObject*"]
    not_resources = concat(local.state_arns, local.lock_files)
  }
}

# The services that the environments are made of. Making roles is the one power that could grow: it ends at roles whose
# names begin with an environment's, at the managed policies that these use, and at passing them to EKS, EC2 and the
# flow logs. Inline policies cannot be bounded that way, which is why apply is for a protected environment alone.
data "aws_iam_policy_document" "apply" {
  #checkov:skip=CKV_AWS_356:Most of these calls know no resource, or make it; the region bounds them
  #checkov:skip=CKV_AWS_111:Bounded by region, and for roles by name
  #checkov:skip=CKV_AWS_109:Roles are bounded by name, policies by a list, passing by service
  #checkov:skip=CKV_AWS_107:The one such call among those of EC2 is denied below
  statement {
    sid = "Services"
    actions = [
      "autoscaling:Describe*",
      "ec2:*",
      "eks:*",
      "logs:*",
      "kms:CreateAlias",
      "kms:CreateGrant",
      "kms:CreateKey",
      "kms:DeleteAlias",
      "kms:Describe*",
      "kms:EnableKeyRotation",
      "kms:Get*",
      "kms:List*",
      "kms:PutKeyPolicy",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = local.regions
    }
  }

  statement {
    sid       = "LookAtIdentities"
    actions   = ["iam:Get*", "iam:List*"]
    resources = ["*"]
  }

  statement {
    sid = "RolesOfEnvironments"
    actions = [
      "iam:CreatePolicy",
      "iam:CreatePolicyVersion",
      "iam:CreateRole",
      "iam:DeletePolicy",
      "iam:DeletePolicyVersion",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:PutRolePolicy",
      "iam:TagPolicy",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ]
    resources = flatten([for prefix in local.prefixes : [
      "${local.role_arns}/${prefix}*",
      "${replace(local.role_arns, ":role", ":policy")}/${prefix}*",
    ]])
  }

  statement {
    sid       = "PoliciesOfThoseRoles"
    actions   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    resources = [for prefix in local.prefixes : "${local.role_arns}/${prefix}*"]

    condition {
      test     = "ArnLike"
      variable = "iam:PolicyARN"
      values = concat(
        [for prefix in local.prefixes : "${replace(local.role_arns, ":role", ":policy")}/${prefix}*"],
        [for name in [
          "AmazonEKSClusterPolicy", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy",
          "AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly", "AmazonEBSCSIDriverPolicyV2",
        ] : "arn:${data.aws_partition.current.partition}:iam::aws:policy/${name}"],
      )
    }
  }

  statement {
    sid       = "PassRolesOfEnvironments"
    actions   = ["iam:PassRole"]
    resources = [for prefix in local.prefixes : "${local.role_arns}/${prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["eks.amazonaws.com", "ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com", "pods.eks.amazonaws.com"]
    }
  }

  statement {
    sid = "IssuersOfClusters"
    actions = [
      "iam:CreateOpenIDConnectProvider",
      "iam:DeleteOpenIDConnectProvider",
      "iam:TagOpenIDConnectProvider",
    ]
    resources = ["${replace(local.role_arns, ":role", ":oidc-provider")}/oidc.eks.*"]
  }

  statement {
    sid       = "ServiceRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["eks.amazonaws.com", "eks-nodegroup.amazonaws.com", "autoscaling.amazonaws.com"]
    }
  }

  # Above all that is allowed: no passwords of machines, and the ground itself is not CI's to change.
  statement {
    sid       = "NoPasswords"
    effect    = "Deny"
    actions   = ["ec2:GetPasswordData"]
    resources = ["*"]
  }

  statement {
    sid    = "NotTheBackend"
    effect = "Deny"
    actions = [
      "s3:DeleteBucket*",
      "s3:DeleteObjectVersion",
      "s3:PutBucket*",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
    ]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
  }
}
