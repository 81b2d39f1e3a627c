output "bucket_name" {
  description = "Name of the state bucket."
  value       = aws_s3_bucket.state.id
}

output "bucket_arn" {
  description = "ARN of the state bucket."
  value       = aws_s3_bucket.state.arn
}

output "lock_table_name" {
  description = "Name of the lock table; null when it was given up."
  value       = one(aws_dynamodb_table.locks[*].name)
}

output "backend" {
  description = "What a root's partial S3 backend is given, beside its own key."
  value = merge(
    {
      bucket       = aws_s3_bucket.state.id
      encrypt      = true
      use_lockfile = var.lock != "dynamodb"
    },
    var.lock == "s3" ? {} : { dynamodb_table = one(aws_dynamodb_table.locks[*].name) },
    var.kms_key_arn == null ? {} : { kms_key_id = var.kms_key_arn },
  )
}

output "role_arns" {
  description = "Roles for GitHub Actions: plan and apply; empty without a repository."
  value       = { for name, role in aws_iam_role.github : name => role.arn }
}
