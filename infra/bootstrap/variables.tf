variable "region" {
  description = "AWS region of the bucket and the table."
  type        = string
  default     = "us-east-1"
}

variable "allowed_account_ids" {
  description = "AWS accounts in which terraform may act. Empty means any, so a wrong profile is not noticed."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags on every resource, beside ManagedBy and Project, which the root sets itself."
  type        = map(string)
  default     = {}
}

variable "bucket_name" {
  description = "Name of the state bucket: unique in all of AWS, so put the account's id in it."
  type        = string
}

variable "lock_table_name" {
  description = "Name of the DynamoDB table that holds locks."
  type        = string
  default     = "terraform-locks"
}

variable "lock" {
  description = "\"both\" (DynamoDB and the bucket's own lock file), \"dynamodb\", or \"s3\" (the table is no longer used)."
  type        = string
  default     = "both"
}

variable "kms_key_arn" {
  description = "Customer-managed KMS key for the state. null: AES-256 with Amazon's own key."
  type        = string
  default     = null
}

variable "old_version_days" {
  description = "Days for which replaced versions of a state are kept; the newest 20 of them are kept for ever."
  type        = number
  default     = 90
}

variable "github" {
  description = "Repository whose workflows may plan and apply, through GitHub's OIDC and no stored key; the module's README explains its parts. null: no roles."
  type = object({
    repository           = string
    plan_refs            = optional(list(string), ["pull_request", "ref:refs/heads/main"])
    apply_environment    = optional(string, "production")
    create_oidc_provider = optional(bool, true)
    state_keys           = optional(list(string), ["demo/terraform.tfstate", "production/terraform.tfstate"])
    name_prefixes        = optional(list(string), ["evenkeel-demo", "evenkeel-production"])
    regions              = optional(list(string))
  })
  default = null
}
