locals {
  has_github = var.github != null
  issuer     = "token.actions.githubusercontent.com"
  oidc_arn   = one(concat(aws_iam_openid_connect_provider.github[*].arn, data.aws_iam_openid_connect_provider.github[*].arn))

  # Which of GitHub's runs may take which role: the subject of their token, exactly.
  subjects = local.has_github ? {
    plan  = [for ref in var.github.plan_refs : "repo:${var.github.repository}:${ref}"]
    apply = ["repo:${var.github.repository}:environment:${var.github.apply_environment}"]
  } : {}
}

resource "aws_iam_openid_connect_provider" "github" {
  count = local.has_github && try(var.github.create_oidc_provider, false) ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]

  tags = local.tags
}

# An account has one provider for each issuer: another stack may have made it.
data "aws_iam_openid_connect_provider" "github" {
  count = local.has_github && !try(var.github.create_oidc_provider, true) ? 1 : 0

  url = "https://${local.issuer}"
}

data "aws_iam_policy_document" "github_trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "github" {
  for_each = local.subjects

  name                 = "${var.bucket_name}-github-${each.key}"
  description          = "GitHub Actions of ${var.github.repository}: terraform ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.github_trust[each.key].json
  max_session_duration = 3600

  tags = local.tags
}

resource "aws_iam_role_policy" "state" {
  for_each = local.subjects

  name   = "state"
  role   = aws_iam_role.github[each.key].id
  policy = data.aws_iam_policy_document.state[each.key].json
}

# A plan reads what exists.
resource "aws_iam_role_policy_attachment" "plan" {
  count = local.has_github ? 1 : 0

  role       = aws_iam_role.github["plan"].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess"
}

# Reading what exists does not mean reading what is secret, nor the data of others.
resource "aws_iam_role_policy" "plan_denied" {
  count = local.has_github ? 1 : 0

  name   = "no-secrets"
  role   = aws_iam_role.github["plan"].id
  policy = data.aws_iam_policy_document.plan_denied.json
}

resource "aws_iam_role_policy" "apply" {
  count = local.has_github ? 1 : 0

  name   = "environments"
  role   = aws_iam_role.github["apply"].id
  policy = data.aws_iam_policy_document.apply.json
}
