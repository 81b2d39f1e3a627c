variable "name" {
  description = "Name of the VPC and prefix of what belongs to it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name has 3 to 24 characters: small letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "region" {
  description = "Region that the zones must belong to. The provider decides where things are made."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is written like us-east-1; got \"${var.region}\"."
  }
}

variable "cidr" {
  description = "Addresses of the VPC, private, /16 to /20. Each of up to three zones gets a quarter for its private subnet; its public subnet is a sixty-fourth, cut from the last quarter."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && !strcontains(var.cidr, ":")
    error_message = "cidr is an IPv4 network like 10.0.0.0/16; got \"${var.cidr}\"."
  }

  validation {
    condition     = try(cidrhost(var.cidr, 0) == split("/", var.cidr)[0], true)
    error_message = "cidr ${var.cidr} has host bits set: the network that holds it is ${try(cidrhost(var.cidr, 0), "?")}/${try(split("/", var.cidr)[1], "?")}."
  }

  validation {
    condition     = try(tonumber(split("/", var.cidr)[1]) >= 16, true)
    error_message = "cidr ${var.cidr} is larger than AWS lets a VPC be: /16 at most."
  }

  validation {
    condition     = try(tonumber(split("/", var.cidr)[1]) <= 20, true)
    error_message = "cidr ${var.cidr} is too small for the subnets: three private ones of a quarter each, with 16 addresses at a time for pods, need /20 or larger."
  }

  validation {
    condition     = try(anytrue([for net in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"] : cidrhost(net, 0) == cidrhost("${split("/", var.cidr)[0]}/${split("/", net)[1]}", 0)]), true)
    error_message = "cidr ${var.cidr} is not private: take it from 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10."
  }

  # Two networks overlap when the shorter prefix holds both.
  validation {
    condition     = try(alltrue([for other in concat([var.service_cidr], var.reserved_cidrs) : cidrhost("${split("/", var.cidr)[0]}/${min(split("/", var.cidr)[1], split("/", other)[1])}", 0) != cidrhost("${split("/", other)[0]}/${min(split("/", var.cidr)[1], split("/", other)[1])}", 0)]), true)
    error_message = "cidr ${var.cidr} overlaps service_cidr or one of reserved_cidrs: ${join(", ", concat([var.service_cidr], var.reserved_cidrs))}."
  }
}

variable "service_cidr" {
  description = "Addresses that Kubernetes gives to Services; they must not overlap cidr."
  type        = string
  default     = "172.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.service_cidr, 0)) && !strcontains(var.service_cidr, ":")
    error_message = "service_cidr is an IPv4 network like 172.20.0.0/16; got \"${var.service_cidr}\"."
  }
}

variable "reserved_cidrs" {
  description = "Networks that this one will be connected to: cidr must not overlap them."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for net in var.reserved_cidrs : can(cidrhost(net, 0))])
    error_message = "reserved_cidrs are networks like 10.8.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones, two or three. The order decides the addresses: append, never reorder."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 3
    error_message = "zones are two or three; got ${length(var.zones)}."
  }

  validation {
    condition     = length(distinct(var.zones)) == length(var.zones)
    error_message = "zones names one zone twice: ${join(", ", var.zones)}."
  }

  validation {
    condition     = alltrue([for zone in var.zones : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "zones must belong to region ${var.region}; these do not: ${join(", ", [for zone in var.zones : zone if !can(regex("^${var.region}[a-z]$", zone))])}."
  }

  validation {
    condition     = !contains(var.zones, "us-east-1e")
    error_message = "zones names us-east-1e, where EKS offers no control plane: take another of us-east-1."
  }
}

variable "nat" {
  description = "\"single\": one NAT gateway, the cheaper; when its zone fails, no zone has a way out. \"per-zone\": one in each, about 36.50 USD a month more for each (us-east-1)."
  type        = string
  default     = "single"

  validation {
    condition     = contains(["single", "per-zone"], var.nat)
    error_message = "nat is \"single\" or \"per-zone\"; got \"${var.nat}\"."
  }
}

variable "interface_endpoints" {
  description = "Whether EKS's and EC2's own services are reached inside the VPC: ten endpoints, each about 7.30 USD a month and zone (us-east-1). The free gateway endpoint for S3 is always there."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the flow logs."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; got ${var.log_retention_days}."
  }
}

variable "log_kms_key_arn" {
  description = "Customer-managed KMS key for the flow logs. null: CloudWatch's own encryption. The key's policy must let CloudWatch Logs use it."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags on everything."
  type        = map(string)
  default     = {}
}
