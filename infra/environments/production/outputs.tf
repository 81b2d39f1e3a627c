output "cluster_name" {
  description = "Name of the cluster: `aws eks update-kubeconfig --name …`."
  value       = module.eks.cluster_name
}

output "cluster_endpoint" {
  description = "Address of the Kubernetes API."
  value       = module.eks.cluster_endpoint
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = module.vpc.vpc_id
}

output "address_plan" {
  description = "The subnets' addresses by zone."
  value       = module.vpc.address_plan
}

output "nat_public_ips" {
  description = "Addresses that the outside sees."
  value       = module.vpc.nat_public_ips
}

output "node_groups" {
  description = "Managed node groups with the subnets of each."
  value       = module.eks.node_groups
}

output "room_mib" {
  description = "Memory in MiB that the fewest nodes leave for the chart."
  value       = module.eks.room_mib
}

output "storage_class_name" {
  description = "Default StorageClass; null without in_cluster."
  value       = one(module.in_cluster[*].storage_class_name)
}
