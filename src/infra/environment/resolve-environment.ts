import type { EnvironmentEntry, InfraFile } from "./schema.js";
import { zonesOf } from "./regions.js";

type Kind = EnvironmentEntry["kind"];

/** What an entry leaves out depends on its kind: the same values that the Terraform roots have as defaults. */
const BY_KIND = {
  demo: { vpcCidr: "10.0.0.0/16", nat: "single", logRetentionDays: 7, public: true, private: false, layout: "shared" },
  production: {
    vpcCidr: "10.1.0.0/16",
    nat: "per-zone",
    logRetentionDays: 90,
    public: false,
    private: true,
    layout: "per-zone",
  },
} as const satisfies Readonly<Record<Kind, unknown>>;

/** An environment with nothing left open. */
export interface Environment extends Omit<EnvironmentEntry, "endpoint" | "nodes" | "zones" | "root" | "name"> {
  /** Its key in the file. */
  readonly id: string;
  readonly root: string;
  readonly name: string;
  readonly vpcCidr: string;
  readonly zones: readonly string[];
  readonly nat: "single" | "per-zone";
  readonly logRetentionDays: NonNullable<EnvironmentEntry["logRetentionDays"]>;
  readonly interfaceEndpoints: boolean;
  readonly endpoint: { readonly public: boolean; readonly cidrs: readonly string[] };
  readonly nodes: EnvironmentEntry["nodes"] & { readonly layout: "shared" | "per-zone" };
  readonly deletionProtection: boolean;
}

/** Fills in what an entry leaves out. */
export function resolveEnvironment(id: string, entry: EnvironmentEntry): Environment {
  const defaults = BY_KIND[entry.kind];
  return {
    ...entry,
    id,
    root: entry.root ?? `infra/environments/${entry.kind}`,
    name: entry.name ?? `evenkeel-${id}`,
    vpcCidr: entry.vpcCidr ?? defaults.vpcCidr,
    zones: entry.zones ?? zonesOf(entry.region).slice(0, 2),
    nat: entry.nat ?? defaults.nat,
    logRetentionDays: entry.logRetentionDays ?? defaults.logRetentionDays,
    interfaceEndpoints: entry.interfaceEndpoints ?? defaults.private,
    endpoint: { cidrs: entry.endpoint.cidrs, public: entry.endpoint.public ?? defaults.public },
    nodes: { ...entry.nodes, layout: entry.nodes.layout ?? defaults.layout },
    deletionProtection: entry.deletionProtection ?? entry.kind === "production",
  };
}

/** Every environment of a file, in its order. */
export function resolveAll(file: InfraFile): readonly Environment[] {
  return Object.entries(file.environments).map(([id, entry]) => resolveEnvironment(id, entry));
}

/** Number of node groups and of nodes that are there at the start. */
export function countNodes({ nodes, zones }: Pick<Environment, "nodes" | "zones">): {
  readonly groups: number;
  readonly min: number;
  readonly desired: number;
  readonly max: number;
} {
  const groups = nodes.layout === "per-zone" ? zones.length : 1;
  const { min, desired, max } = nodes.count;
  return { groups, min: groups * min, desired: groups * desired, max: groups * max };
}

/** Memory in MiB that the chart's pods may take in all: every server with its agent. */
export function workloadMemoryMib({ workload }: Pick<Environment, "workload">): number {
  const { shards, replicas, serverMemoryMib, agentMemoryMib } = workload;
  return shards * (1 + replicas) * (serverMemoryMib + agentMemoryMib);
}

/** Key of an environment's state in the bucket. */
export function stateKey(environment: Pick<Environment, "id">): string {
  return `${environment.id}/terraform.tfstate`;
}

/** Key of the state of the bucket itself. */
export const BOOTSTRAP_STATE_KEY = "bootstrap/terraform.tfstate";
