output "backend" {
  description = "What every root's partial S3 backend is given, beside its own key."
  value       = merge(module.backend.backend, { region = var.region })
}

output "role_arns" {
  description = "Roles for GitHub Actions: plan and apply."
  value       = module.backend.role_arns
}
