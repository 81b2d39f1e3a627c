variable "name" {
  description = "Name of the cluster and prefix of its roles and groups."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name has 3 to 24 characters: small letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes, in standard support (0.10 USD an hour; in extended support 0.60 USD)."
  type        = string
  default     = "1.36"

  validation {
    condition     = contains(["1.35", "1.36"], var.kubernetes_version)
    error_message = "kubernetes_version is \"1.35\" or \"1.36\": older ones cost six times as much or are gone; got \"${var.kubernetes_version}\"."
  }
}

variable "vpc_id" {
  description = "VPC of the cluster."
  type        = string
}

variable "vpc_cidr" {
  description = "Addresses of the VPC: with egress restricted, nodes reach all of it."
  type        = string

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0))
    error_message = "vpc_cidr is a network like 10.0.0.0/16; got \"${var.vpc_cidr}\"."
  }
}

variable "subnet_ids_by_zone" {
  description = "Private subnets by availability zone, in two zones at least."
  type        = map(string)

  validation {
    condition     = length(var.subnet_ids_by_zone) >= 2
    error_message = "subnet_ids_by_zone names two zones or more: EKS wants two, and so does a cluster that survives the loss of one."
  }
}

variable "service_cidr" {
  description = "Addresses that Kubernetes gives to Services. Fixed when the cluster is created."
  type        = string
  default     = "172.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.service_cidr, 0)) && try(split("/", var.service_cidr)[1] >= 12 && split("/", var.service_cidr)[1] <= 24, false)
    error_message = "service_cidr is an IPv4 network of /12 to /24; got \"${var.service_cidr}\"."
  }
}

variable "endpoint_public_access" {
  description = "Whether the Kubernetes API answers outside the VPC too. It always answers inside."
  type        = bool
  default     = false
}

variable "endpoint_public_access_cidrs" {
  description = "Who may reach the public endpoint. There is no default, since AWS's own is everybody."
  type        = list(string)
  default     = []

  validation {
    condition     = !var.endpoint_public_access || length(var.endpoint_public_access_cidrs) > 0
    error_message = "endpoint_public_access needs endpoint_public_access_cidrs: the addresses of your office, VPN or runner, like 203.0.113.7/32."
  }

  validation {
    condition     = alltrue([for net in var.endpoint_public_access_cidrs : can(cidrhost(net, 0)) && try(split("/", net)[1] >= 8, false)])
    error_message = "endpoint_public_access_cidrs are networks of /8 or smaller, and never everybody (0.0.0.0/0); got ${join(", ", var.endpoint_public_access_cidrs)}."
  }
}

variable "admin_principal_arns" {
  description = "IAM roles or users who administer the cluster, by a name of your choice. Whoever creates the cluster gets no rights by that."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for arn in values(var.admin_principal_arns) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "admin_principal_arns are ARNs of IAM roles or users, like arn:aws:iam::123456789012:role/platform; got ${join(", ", values(var.admin_principal_arns))}."
  }
}

variable "node_instance_types" {
  description = "Instance types of the nodes, all of one size and architecture; more than one only helps with SPOT."
  type        = list(string)
  default     = ["t3.medium"]

  validation {
    condition     = length(var.node_instance_types) > 0 && alltrue([for type in var.node_instance_types : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", type))])
    error_message = "node_instance_types are written like t3.medium; got ${join(", ", var.node_instance_types)}."
  }

  validation {
    condition     = length(distinct([for type in var.node_instance_types : can(regex("^[a-z]+[0-9]+[a-z-]*g", type))])) <= 1
    error_message = "node_instance_types mixes x86 and Arm: one group has one machine image. Got ${join(", ", var.node_instance_types)}."
  }

  validation {
    condition     = length(distinct([for type in var.node_instance_types : try(split(".", type)[1], "")])) <= 1
    error_message = "node_instance_types are of one size, since the autoscaler takes a group's nodes to be alike; got ${join(", ", var.node_instance_types)}."
  }
}

variable "node_memory_mib" {
  description = "Memory of one node in MiB, for instance types whose name does not tell (other families than t, m, c and r). null: from the name."
  type        = number
  default     = null
}

variable "max_pods_per_node" {
  description = "Pods that a node may run. The kubelet keeps 255 MiB and 11 for each of them, used or not."
  type        = number
  default     = 40

  validation {
    condition     = var.max_pods_per_node >= 15 && var.max_pods_per_node <= 110
    error_message = "max_pods_per_node is 15 to 110; got ${var.max_pods_per_node}."
  }
}

variable "workload_memory_mib" {
  description = "Memory limits in MiB of all pods of the chart together (shards x copies x (server + agent)). 0: do not look."
  type        = number
  default     = 3840

  validation {
    condition     = var.workload_memory_mib >= 0
    error_message = "workload_memory_mib is not negative; got ${var.workload_memory_mib}."
  }

  validation {
    condition     = local.room_mib == null || try(local.room_mib >= var.workload_memory_mib, true)
    error_message = "${join(", ", var.node_instance_types)} is too small: ${local.least_nodes} nodes leave ${coalesce(local.room_mib, 0)} MiB beside the system's pods, and workload_memory_mib is ${var.workload_memory_mib}. Take a larger type or more nodes."
  }
}

variable "node_capacity_type" {
  description = "\"ON_DEMAND\", or \"SPOT\": about a third of the price, taken back with two minutes' notice."
  type        = string
  default     = "ON_DEMAND"

  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.node_capacity_type)
    error_message = "node_capacity_type is \"ON_DEMAND\" or \"SPOT\"; got \"${var.node_capacity_type}\"."
  }
}

variable "node_layout" {
  description = "\"shared\": one group over all zones. \"per-zone\": a group in each, so that the autoscaler adds a node in the zone where a volume waits."
  type        = string
  default     = "shared"

  validation {
    condition     = contains(["shared", "per-zone"], var.node_layout)
    error_message = "node_layout is \"shared\" or \"per-zone\"; got \"${var.node_layout}\"."
  }
}

variable "node_count" {
  description = "Nodes of each group. With layout per-zone, min = 2 keeps a second node in every zone, about 30 USD a month each for t3.medium (us-east-1): a zone's only node cannot be drained at once, since volumes do not leave their zone."
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

  validation {
    condition     = var.node_count.min >= 1 && var.node_count.min <= var.node_count.desired && var.node_count.desired <= var.node_count.max
    error_message = "node_count goes up: 1 <= min <= desired <= max; got ${var.node_count.min}, ${var.node_count.desired}, ${var.node_count.max}."
  }

  validation {
    condition     = var.node_layout != "shared" || var.node_count.min >= 2
    error_message = "node_count.min is 2 or more in one shared group: with a single node every shard is lost with it."
  }
}

variable "node_disk_gib" {
  description = "Size of each node's own disk in GiB: gp3, encrypted."
  type        = number
  default     = 50

  validation {
    condition     = var.node_disk_gib >= 20 && var.node_disk_gib <= 1024
    error_message = "node_disk_gib is 20 to 1024; got ${var.node_disk_gib}."
  }
}

variable "egress" {
  description = "\"open\": nodes reach everything. \"restricted\": the VPC, and HTTPS to egress_https_cidrs."
  type        = string
  default     = "restricted"

  validation {
    condition     = contains(["open", "restricted"], var.egress)
    error_message = "egress is \"open\" or \"restricted\"; got \"${var.egress}\"."
  }
}

variable "egress_https_cidrs" {
  description = "Where nodes may go by HTTPS when egress is restricted. Public image registries have no fixed addresses, hence everywhere."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "agent_port" {
  description = "HTTP port of the agents beside the servers. The API server reaches it on the nodes for `evenkeel`, through the pod proxy."
  type        = number
  default     = 9640

  validation {
    condition     = var.agent_port > 1024 && var.agent_port < 65536
    error_message = "agent_port is between 1025 and 65535; got ${var.agent_port}."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the control plane's logs."
  type        = number
  default     = 90
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the cluster until this is turned off and applied."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags on everything."
  type        = map(string)
  default     = {}
}
