provider "aws" {
  region              = var.region
  allowed_account_ids = length(var.allowed_account_ids) == 0 ? null : var.allowed_account_ids

  default_tags {
    tags = merge(var.tags, local.tags)
  }
}

locals {
  # A token for each run, from the same credentials: nothing to store, nothing that expires in the middle.
  cluster_login = {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args        = ["eks", "get-token", "--cluster-name", module.eks.cluster_name, "--region", var.region]
  }
}

provider "kubernetes" {
  host                   = module.eks.cluster_endpoint
  cluster_ca_certificate = base64decode(module.eks.cluster_ca_certificate)

  exec {
    api_version = local.cluster_login.api_version
    command     = local.cluster_login.command
    args        = local.cluster_login.args
  }
}

provider "helm" {
  kubernetes = {
    host                   = module.eks.cluster_endpoint
    cluster_ca_certificate = base64decode(module.eks.cluster_ca_certificate)
    exec                   = local.cluster_login
  }
}
