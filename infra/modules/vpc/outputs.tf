output "vpc_id" {
  description = "Id of the VPC."
  value       = module.vpc.vpc_id
}

output "cidr" {
  description = "Addresses of the VPC."
  value       = var.cidr
}

output "address_plan" {
  description = "The subnets' addresses by zone, as planned."
  value = { for index, zone in var.zones : zone => {
    private = local.private_cidrs[index]
    public  = local.public_cidrs[index]
  } }
}

output "private_subnet_ids_by_zone" {
  description = "Ids of the private subnets by zone: where nodes and the control plane's interfaces go."
  value       = zipmap(var.zones, module.vpc.private_subnets)
}

output "public_subnet_ids" {
  description = "Ids of the public subnets: NAT gateways and public load balancers."
  value       = module.vpc.public_subnets
}

output "nat_public_ips" {
  description = "Addresses that the outside sees: one for each NAT gateway."
  value       = module.vpc.nat_public_ips
}

output "flow_log_group_name" {
  description = "CloudWatch log group of the flow logs. Upstream names it after the VPC's id."
  value       = "/aws/vpc-flow-log/${module.vpc.vpc_id}"
}
