/** Arguments that AWS cannot change in place: the bindings do not tell, so the ones that our plans turn on are here. */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  aws_dynamodb_table: ["name", "hash_key"],
  aws_eks_addon: ["addon_name", "cluster_name"],
  aws_eks_cluster: ["name"],
  aws_eks_node_group: ["ami_type", "capacity_type", "cluster_name", "instance_types", "node_group_name", "subnet_ids"],
  aws_s3_bucket: ["bucket"],
  aws_security_group: ["description", "name", "vpc_id"],
  aws_subnet: ["availability_zone", "cidr_block", "vpc_id"],
  aws_vpc: ["cidr_block"],
  kubernetes_storage_class_v1: ["parameters", "storage_provisioner", "volume_binding_mode"],
};

/** Names of the changed arguments for which the resource must be made anew. */
export function forcesReplacement(
  type: string,
  prior: Readonly<Record<string, unknown>>,
  planned: Readonly<Record<string, unknown>>,
): readonly string[] {
  return (REPLACING[type] ?? []).filter((name) => JSON.stringify(prior[name]) !== JSON.stringify(planned[name]));
}
