locals {
  # The one plan of addresses. A zone's place in the list decides its subnets, so a third zone changes no other.
  private_cidrs = [for index in range(length(var.zones)) : cidrsubnet(var.cidr, 2, index)]
  public_cidrs  = [for index in range(length(var.zones)) : cidrsubnet(var.cidr, 6, 48 + index)]

  tags = merge(var.tags, { Module = "evenkeel/vpc" })
}

data "aws_availability_zones" "open" {
  #checkov:skip=CKV_AWS_394:Nothing is made from the answer; it is only asked whether the named zones are in it
  state = "available"

  lifecycle {
    postcondition {
      condition     = length(setsubtract(var.zones, self.names)) == 0
      error_message = "These zones are not open to this account in ${var.region}: ${join(", ", setsubtract(var.zones, self.names))}. Open are: ${join(", ", self.names)}."
    }
  }
}

module "vpc" {
  #checkov:skip=CKV_TF_1:The registry's modules are pinned by exact version; it serves no commits
  source  = "terraform-aws-modules/vpc/aws"
  version = "6.7.3"

  name            = var.name
  cidr            = var.cidr
  azs             = var.zones
  private_subnets = local.private_cidrs
  public_subnets  = local.public_cidrs

  enable_dns_hostnames    = true
  enable_dns_support      = true
  map_public_ip_on_launch = false

  enable_nat_gateway     = true
  single_nat_gateway     = var.nat == "single"
  one_nat_gateway_per_az = var.nat == "per-zone"

  # Empties the default group: what forgets to name a security group reaches nothing.
  manage_default_security_group  = true
  default_security_group_ingress = []
  default_security_group_egress  = []

  # 60 s instead of AWS's 600 s: a refused connection is looked for while the change that caused it still runs.
  enable_flow_log                                 = true
  flow_log_traffic_type                           = "ALL"
  flow_log_max_aggregation_interval               = 60
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_cloudwatch_log_group_retention_in_days = var.log_retention_days
  flow_log_cloudwatch_log_group_kms_key_id        = var.log_kms_key_arn
  # Named after the environment, like every role here: what may apply it may make roles of that name only.
  vpc_flow_log_iam_role_name   = "${var.name}-flow-log"
  vpc_flow_log_iam_policy_name = "${var.name}-flow-log"

  # Where the load balancer controller puts its balancers.
  public_subnet_tags  = { "kubernetes.io/role/elb" = "1" }
  private_subnet_tags = { "kubernetes.io/role/internal-elb" = "1" }

  tags = local.tags
}
