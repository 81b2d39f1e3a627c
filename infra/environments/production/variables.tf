# The same variables as the other environment, in the same words; only the defaults differ. The modules hold the
# validations, so that a value is judged in one place whoever passes it.

variable "name" {
  description = "Prefix of every name: the VPC, the cluster, roles and keys. 3 to 24 characters: small letters, digits, hyphens."
  type        = string
  default     = "evenkeel-production"
}

variable "region" {
  description = "AWS region of everything in this environment."
  type        = string
  default     = "us-east-1"
}

variable "allowed_account_ids" {
  description = "AWS accounts in which terraform may act. Empty means any, so a wrong profile is not noticed."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags on every resource, beside Environment, ManagedBy and Project, which the root sets itself."
  type        = map(string)
  default     = {}
}

variable "vpc_cidr" {
  description = "Addresses of the VPC, /16 to /20. A quarter for each zone's private subnet (three at most); the last quarter holds the public ones."
  type        = string
  default     = "10.1.0.0/16"
}

variable "service_cidr" {
  description = "Addresses of Kubernetes Services, /12 to /24. Fixed when the cluster is created; must not overlap vpc_cidr."
  type        = string
  default     = "172.20.0.0/16"
}

variable "reserved_cidrs" {
  description = "Networks that this one will be connected to (peering, VPN): vpc_cidr must not overlap them."
  type        = list(string)
  default     = []
}

variable "zones" {
  description = "Availability zones of the region, two or three. The order decides the addresses: append, never reorder."
  type        = list(string)
  default     = ["us-east-1a", "us-east-1b"]
}

variable "nat" {
  description = "\"single\": one NAT gateway, cheap, its zone's end takes every zone's way out; \"per-zone\": one in each zone."
  type        = string
  default     = "per-zone"
}

variable "interface_endpoints" {
  description = "Whether AWS's own services are reached inside the VPC: ten endpoints, each about 7.30 USD a month and zone in us-east-1. The free one for S3 is always there."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps flow logs and control-plane logs: a value that CloudWatch knows."
  type        = number
  default     = 90
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes, in standard support."
  type        = string
  default     = "1.36"
}

variable "endpoint_public_access" {
  description = "Whether the Kubernetes API answers outside the VPC too. It always answers inside."
  type        = bool
  default     = false
}

variable "endpoint_public_access_cidrs" {
  description = "Who may reach the public endpoint. No default: 0.0.0.0/0 is refused, your office's or runner's address is wanted."
  type        = list(string)
  default     = []
}

variable "admin_principal_arns" {
  description = "IAM roles or users who administer the cluster, by a name of your choice. Whoever creates it gets no rights by that."
  type        = map(string)
  default     = {}
}

variable "node_instance_types" {
  description = "Instance types of the nodes, all of one size and architecture; more than one only helps with SPOT."
  type        = list(string)
  default     = ["t3.medium"]
}

variable "node_capacity_type" {
  description = "\"ON_DEMAND\", or \"SPOT\": about a third of the price, taken back with two minutes' notice."
  type        = string
  default     = "ON_DEMAND"
}

variable "node_layout" {
  description = "\"shared\": one group over all zones; \"per-zone\": a group in each, so the autoscaler can add a node where a volume waits."
  type        = string
  default     = "per-zone"
}

variable "node_count" {
  description = "Nodes of each group. With layout per-zone, min = 2 keeps a second node in every zone: a zone's only node cannot be drained at once, since volumes do not leave their zone."
  type = object({
    min     = number
    desired = number
    max     = number
  })
  default = {
    min     = 2
    desired = 2
    max     = 4
  }
}

variable "node_disk_gib" {
  description = "Size of each node's own disk in GiB: gp3, encrypted."
  type        = number
  default     = 50
}

variable "workload_memory_mib" {
  description = "Memory limits in MiB of all pods of the chart together (shards x copies x (server + agent)). Nodes too small for it are refused."
  type        = number
  default     = 3840
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the cluster until this is turned off and applied."
  type        = bool
  default     = true
}

variable "in_cluster" {
  description = "Whether to install the StorageClass and the autoscaler. Needs a way to the Kubernetes API from where terraform runs."
  type        = bool
  default     = true

  validation {
    condition     = !var.in_cluster || length(var.admin_principal_arns) > 0
    error_message = "in_cluster needs admin_principal_arns, with the role that runs terraform among them: without, nobody may enter the cluster. Or set in_cluster to false."
  }
}
