# Partial: bucket, key, region and locks come from `terraform init -backend-config=production.s3.tfbackend`, which
# `evenkeel infra render` writes. Called as a module from another root, this block is ignored.
terraform {
  backend "s3" {}
}
