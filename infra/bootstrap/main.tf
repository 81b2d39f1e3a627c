# The bucket and the table that hold every state, its own too: applied with a local state first, which then moves into
# the bucket (`evenkeel infra bootstrap` does both, and is safe to repeat).

provider "aws" {
  region              = var.region
  allowed_account_ids = length(var.allowed_account_ids) == 0 ? null : var.allowed_account_ids

  default_tags {
    tags = merge(var.tags, {
      Project   = "evenkeel"
      ManagedBy = "terraform"
    })
  }
}

module "backend" {
  source = "../modules/backend"

  bucket_name      = var.bucket_name
  lock_table_name  = var.lock_table_name
  lock             = var.lock
  kms_key_arn      = var.kms_key_arn
  old_version_days = var.old_version_days
  github           = var.github
}
