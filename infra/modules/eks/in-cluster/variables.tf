variable "cluster_name" {
  description = "Name of the cluster: the autoscaler looks for the node groups that carry it."
  type        = string
}

variable "region" {
  description = "AWS region of the node groups."
  type        = string
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes: the autoscaler's has to be the same."
  type        = string
  default     = "1.36"

  validation {
    condition     = contains(keys(local.autoscaler_versions), var.kubernetes_version)
    error_message = "no autoscaler is known for kubernetes_version \"${var.kubernetes_version}\": known are ${join(", ", keys(local.autoscaler_versions))}."
  }
}

variable "storage_class_name" {
  description = "Name of the StorageClass, which becomes the default one."
  type        = string
  default     = "gp3"
}

variable "volume_kms_key_arn" {
  description = "Customer-managed KMS key for volumes. null: the account's key for EBS. The volume driver's role must be allowed to use it."
  type        = string
  default     = null
}

variable "autoscaler_chart_version" {
  description = "Version of the autoscaler's Helm chart."
  type        = string
  default     = "9.54.1"

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", var.autoscaler_chart_version))
    error_message = "autoscaler_chart_version is an exact version like 9.54.1; got \"${var.autoscaler_chart_version}\"."
  }
}
