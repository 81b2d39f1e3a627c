variable "bucket_name" {
  description = "Name of the state bucket: unique in all of AWS, so put the account's id in it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name has 3 to 63 characters: small letters, digits, hyphens, and no dot (a dot breaks TLS). Got \"${var.bucket_name}\"."
  }
}

variable "lock_table_name" {
  description = "Name of the DynamoDB table that holds locks."
  type        = string
  default     = "terraform-locks"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.lock_table_name))
    error_message = "lock_table_name has 3 to 255 letters, digits, hyphens, underscores or dots; got \"${var.lock_table_name}\"."
  }
}

variable "lock" {
  description = "What holds a state's lock: \"dynamodb\" (the table), \"s3\" (a lock file beside the state, terraform 1.11 or newer), or \"both\" on the way from one to the other. The table stays with \"s3\" until it is removed on purpose."
  type        = string
  default     = "both"

  validation {
    condition     = contains(["both", "dynamodb", "s3"], var.lock)
    error_message = "lock is \"both\", \"dynamodb\" or \"s3\"; got \"${var.lock}\"."
  }
}

variable "keep_lock_table" {
  description = "Whether the table exists. Set it to false only after every state uses lock = \"s3\", and after its deletion protection was turned off by hand."
  type        = bool
  default     = true

  validation {
    condition     = var.keep_lock_table || var.lock == "s3"
    error_message = "keep_lock_table = false needs lock = \"s3\": with \"${var.lock}\" the table is still what locks."
  }
}

variable "kms_key_arn" {
  description = "Customer-managed KMS key for state and locks (1 USD a month, own policy and audit). null: AES-256 with Amazon's own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, like arn:aws:kms:us-east-1:123456789012:key/…; got \"${coalesce(var.kms_key_arn, "null")}\"."
  }
}

variable "old_version_days" {
  description = "Days for which replaced versions of a state are kept; the newest 20 of them are kept for ever."
  type        = number
  default     = 90

  validation {
    condition     = var.old_version_days >= 30 && var.old_version_days <= 3650
    error_message = "old_version_days is 30 to 3650: an old state is the way back; got ${var.old_version_days}."
  }
}

variable "github" {
  description = "Repository whose workflows may plan and apply, through GitHub's OIDC and no stored key. plan_refs: which of its runs may plan; apply_environment: the protected environment whose jobs may apply; name_prefixes: the environments' names, with which every role that an apply may make begins; regions: where an apply may work, by default the bucket's. null: no roles."
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

  validation {
    condition     = var.github == null || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "github.repository is written owner/name and holds no *: a wildcard would trust repositories of others."
  }

  validation {
    condition     = var.github == null || try(alltrue([for part in concat(var.github.plan_refs, [var.github.apply_environment]) : !strcontains(part, "*") && part != ""]), true)
    error_message = "github.plan_refs and github.apply_environment are exact: a * would trust every branch."
  }

  validation {
    condition     = var.github == null || try(length(var.github.state_keys) > 0 && alltrue([for key in var.github.state_keys : !strcontains(key, "*") && !startswith(key, "/")]), true)
    error_message = "github.state_keys are keys of states in the bucket, like production/terraform.tfstate, without *."
  }

  validation {
    condition     = var.github == null || try(length(var.github.name_prefixes) > 0 && alltrue([for prefix in var.github.name_prefixes : can(regex("^[a-z][a-z0-9-]{2,23}$", prefix)) && !startswith(var.bucket_name, prefix)]), true)
    error_message = "github.name_prefixes are names of environments (3 to 24 characters), and the bucket's name begins with none of them: its roles would be CI's to change."
  }
}

variable "tags" {
  description = "Tags on everything."
  type        = map(string)
  default     = {}
}
