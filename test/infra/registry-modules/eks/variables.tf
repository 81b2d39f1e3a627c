variable "name" {
  type    = string
  default = ""
}

variable "kubernetes_version" {
  type    = string
  default = null
}

variable "vpc_id" {
  type    = string
  default = null
}

variable "subnet_ids" {
  type    = list(string)
  default = []
}

variable "service_ipv4_cidr" {
  type    = string
  default = null
}

variable "endpoint_private_access" {
  type    = bool
  default = true
}

variable "endpoint_public_access" {
  type    = bool
  default = false
}

variable "endpoint_public_access_cidrs" {
  type    = list(string)
  default = ["0.0.0.0/0"]
}

variable "authentication_mode" {
  type    = string
  default = "API_AND_CONFIG_MAP"
}

variable "enable_cluster_creator_admin_permissions" {
  type    = bool
  default = false
}

variable "access_entries" {
  type = map(object({
    principal_arn = string
    policy_associations = optional(map(object({
      policy_arn = string
      access_scope = object({
        type       = string
        namespaces = optional(list(string))
      })
    })), {})
  }))
  default = {}
}

variable "create_kms_key" {
  type    = bool
  default = true
}

variable "enable_kms_key_rotation" {
  type    = bool
  default = true
}

variable "encryption_config" {
  type = object({
    provider_key_arn = optional(string)
    resources        = optional(list(string), ["secrets"])
  })
  default = {}
}

variable "enabled_log_types" {
  type    = list(string)
  default = ["audit", "api", "authenticator"]
}

variable "cloudwatch_log_group_retention_in_days" {
  type    = number
  default = 90
}

variable "deletion_protection" {
  type    = bool
  default = null
}

variable "upgrade_policy" {
  type = object({
    support_type = optional(string)
  })
  default = null
}

variable "node_security_group_enable_recommended_rules" {
  type    = bool
  default = true
}

variable "node_security_group_additional_rules" {
  type = map(object({
    protocol                      = optional(string, "tcp")
    from_port                     = number
    to_port                       = number
    type                          = optional(string, "ingress")
    description                   = optional(string)
    cidr_blocks                   = optional(list(string))
    self                          = optional(bool)
    source_cluster_security_group = optional(bool, false)
  }))
  default = {}
}

variable "addons" {
  type = map(object({
    before_compute       = optional(bool, false)
    most_recent          = optional(bool, true)
    addon_version        = optional(string)
    configuration_values = optional(string)
    pod_identity_association = optional(list(object({
      role_arn        = string
      service_account = string
    })))
  }))
  default = null
}

variable "eks_managed_node_groups" {
  type = map(object({
    ami_type       = optional(string)
    iam_role_name  = optional(string)
    instance_types = optional(list(string))
    capacity_type  = optional(string)
    subnet_ids     = optional(list(string))
    min_size       = optional(number)
    max_size       = optional(number)
    desired_size   = optional(number)
    update_config = optional(object({
      max_unavailable            = optional(number)
      max_unavailable_percentage = optional(number)
    }))
    metadata_options = optional(object({
      http_endpoint               = optional(string, "enabled")
      http_tokens                 = optional(string, "required")
      http_put_response_hop_limit = optional(number, 1)
    }))
    cloudinit_pre_nodeadm = optional(list(object({
      content      = string
      content_type = optional(string)
    })))
    block_device_mappings = optional(map(object({
      device_name = optional(string)
      ebs = optional(object({
        delete_on_termination = optional(bool)
        encrypted             = optional(bool)
        kms_key_id            = optional(string)
        volume_size           = optional(number)
        volume_type           = optional(string)
      }))
    })))
  }))
  default = null
}

variable "tags" {
  type    = map(string)
  default = {}
}
