import { resolveAll, stateKey, workloadMemoryMib, type Environment } from "../environment/resolve-environment.js";
import type { InfraFile } from "../environment/schema.js";

/** Variables of a Terraform root, as `terraform.tfvars.json` holds them. */
export type Tfvars = Readonly<Record<string, unknown>>;

/** Variables of an environment's root. Every one is written out, so that what is applied can be read in one place. */
export function environmentTfvars(environment: Environment): Tfvars {
  const { nodes } = environment;
  return {
    name: environment.name,
    region: environment.region,
    allowed_account_ids: environment.accountIds,
    tags: environment.tags,
    vpc_cidr: environment.vpcCidr,
    service_cidr: environment.serviceCidr,
    reserved_cidrs: environment.reservedCidrs,
    zones: environment.zones,
    nat: environment.nat,
    interface_endpoints: environment.interfaceEndpoints,
    log_retention_days: environment.logRetentionDays,
    kubernetes_version: environment.kubernetesVersion,
    endpoint_public_access: environment.endpoint.public,
    endpoint_public_access_cidrs: environment.endpoint.public ? environment.endpoint.cidrs : [],
    admin_principal_arns: environment.admins,
    node_instance_types: nodes.instanceTypes,
    node_capacity_type: nodes.capacity === "spot" ? "SPOT" : "ON_DEMAND",
    node_layout: nodes.layout,
    node_count: nodes.count,
    node_disk_gib: nodes.diskGib,
    workload_memory_mib: workloadMemoryMib(environment),
    deletion_protection: environment.deletionProtection,
    in_cluster: environment.installInCluster,
  };
}

/** Variables of the root that makes the bucket and the lock table. */
export function bootstrapTfvars(file: InfraFile): Tfvars {
  const { state, github } = file;
  const environments = resolveAll(file);
  return {
    region: state.region,
    allowed_account_ids: [...new Set(environments.flatMap(({ accountIds }) => accountIds))],
    tags: state.tags,
    bucket_name: state.bucket,
    lock_table_name: state.table,
    lock: state.lock,
    kms_key_arn: state.kmsKeyArn ?? null,
    old_version_days: state.oldVersionDays,
    github:
      github === undefined
        ? null
        : {
            repository: github.repository,
            plan_refs: github.planRefs,
            apply_environment: github.applyEnvironment,
            create_oidc_provider: github.createOidcProvider,
            state_keys: environments.map(stateKey),
            name_prefixes: environments.map(({ name }) => name),
          },
  };
}
