locals {
  addons = {
    # Before the first node: pods get addresses, rules and identities from these.
    vpc-cni = {
      before_compute = true
      configuration_values = jsonencode({
        # The add-on's own schema wants strings.
        enableNetworkPolicy = "true"
        env = {
          # 16 addresses at a time: a t3.medium then has room for more than 17 pods.
          ENABLE_PREFIX_DELEGATION = "true"
          WARM_PREFIX_TARGET       = "1"
        }
      })
    }
    kube-proxy             = { before_compute = true }
    eks-pod-identity-agent = { before_compute = true }
    coredns                = {}
    aws-ebs-csi-driver = {
      pod_identity_association = [{
        role_arn        = aws_iam_role.pod["ebs-csi-controller-sa"].arn
        service_account = "ebs-csi-controller-sa"
      }]
    }
  }

  # Service accounts in kube-system that call AWS, each through a role of its own.
  pod_accounts = toset(["ebs-csi-controller-sa", "cluster-autoscaler"])
}

data "aws_iam_policy_document" "pod_trust" {
  for_each = local.pod_accounts

  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }

    # Pod Identity tags its sessions: another cluster's or account's pod does not get this role.
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/eks-cluster-name"
      values   = [var.name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-namespace"
      values   = ["kube-system"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-service-account"
      values   = [each.key]
    }
  }
}

resource "aws_iam_role" "pod" {
  for_each = local.pod_accounts

  name               = "${var.name}-${each.key}"
  description        = "Pods of kube-system/${each.key} in cluster ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.pod_trust[each.key].json

  tags = local.tags
}

# Only volumes that the driver has tagged as its own.
resource "aws_iam_role_policy_attachment" "ebs_csi" {
  role       = aws_iam_role.pod["ebs-csi-controller-sa"].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonEBSCSIDriverPolicyV2"
}

data "aws_iam_policy_document" "autoscaler" {
  #checkov:skip=CKV_AWS_356:Describing knows no resource; scaling is bounded by the cluster's tag
  statement {
    sid = "Look"
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities",
      "autoscaling:DescribeTags",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:GetInstanceTypesFromInstanceRequirements",
      "eks:DescribeNodegroup",
    ]
    resources = ["*"]
  }

  # EKS tags the groups that it makes for this cluster; no other group in the account can be changed.
  statement {
    sid       = "ScaleThisCluster"
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/k8s.io/cluster-autoscaler/${var.name}"
      values   = ["owned"]
    }
  }
}

resource "aws_iam_role_policy" "autoscaler" {
  name   = "scale-node-groups"
  role   = aws_iam_role.pod["cluster-autoscaler"].id
  policy = data.aws_iam_policy_document.autoscaler.json
}

resource "aws_eks_pod_identity_association" "autoscaler" {
  cluster_name    = module.eks.cluster_name
  namespace       = "kube-system"
  service_account = "cluster-autoscaler"
  role_arn        = aws_iam_role.pod["cluster-autoscaler"].arn

  tags = local.tags
}
