output "storage_class_name" {
  description = "Name of the default StorageClass: gp3, encrypted, expandable."
  value       = kubernetes_storage_class_v1.gp3.metadata[0].name
}

output "autoscaler_version" {
  description = "Version of the autoscaler that runs."
  value       = local.autoscaler_versions[var.kubernetes_version]
}
