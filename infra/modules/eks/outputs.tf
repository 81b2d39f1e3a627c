output "cluster_name" {
  description = "Name of the cluster."
  value       = module.eks.cluster_name
}

output "cluster_endpoint" {
  description = "Address of the Kubernetes API."
  value       = module.eks.cluster_endpoint
}

output "cluster_ca_certificate" {
  description = "Certificate authority of the Kubernetes API, base64."
  value       = module.eks.cluster_certificate_authority_data
}

output "cluster_version" {
  description = "Minor version of Kubernetes that was asked for."
  value       = var.kubernetes_version
}

output "node_security_group_id" {
  description = "Security group of the nodes, for rules of your own."
  value       = module.eks.node_security_group_id
}

output "node_groups" {
  description = "Names of the managed node groups, with the subnets of each."
  value       = local.groups
}

output "room_mib" {
  description = "Memory in MiB that the fewest nodes leave for the chart; null when the instance type's memory is not known."
  value       = local.room_mib
}

output "autoscaler_role_arn" {
  description = "Role of the autoscaler's pods. The association with its service account is made here."
  value       = aws_iam_role.pod["cluster-autoscaler"].arn
}

output "kms_key_arn" {
  description = "Key that encrypts the cluster's secrets."
  value       = module.eks.kms_key_arn
}
