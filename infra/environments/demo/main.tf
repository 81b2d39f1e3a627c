# A cluster to try things on: one NAT gateway, one group of nodes, the way out open, the way in strict.

locals {
  tags = {
    Project     = "evenkeel"
    Environment = "demo"
    ManagedBy   = "terraform"
  }
}

module "vpc" {
  source = "../../modules/vpc"

  name                = var.name
  region              = var.region
  cidr                = var.vpc_cidr
  service_cidr        = var.service_cidr
  reserved_cidrs      = var.reserved_cidrs
  zones               = var.zones
  nat                 = var.nat
  interface_endpoints = var.interface_endpoints
  log_retention_days  = var.log_retention_days
}

module "eks" {
  source = "../../modules/eks"

  name                         = var.name
  kubernetes_version           = var.kubernetes_version
  vpc_id                       = module.vpc.vpc_id
  vpc_cidr                     = module.vpc.cidr
  subnet_ids_by_zone           = module.vpc.private_subnet_ids_by_zone
  service_cidr                 = var.service_cidr
  endpoint_public_access       = var.endpoint_public_access
  endpoint_public_access_cidrs = var.endpoint_public_access_cidrs
  admin_principal_arns         = var.admin_principal_arns
  node_instance_types          = var.node_instance_types
  node_capacity_type           = var.node_capacity_type
  node_layout                  = var.node_layout
  node_count                   = var.node_count
  node_disk_gib                = var.node_disk_gib
  workload_memory_mib          = var.workload_memory_mib
  egress                       = "open"
  log_retention_days           = var.log_retention_days
  deletion_protection          = var.deletion_protection
}

module "in_cluster" {
  source = "../../modules/eks/in-cluster"
  count  = var.in_cluster ? 1 : 0

  cluster_name       = module.eks.cluster_name
  region             = var.region
  kubernetes_version = var.kubernetes_version

  # Nodes, add-ons and the right to enter come first; on the way down they go last.
  depends_on = [module.eks]
}
