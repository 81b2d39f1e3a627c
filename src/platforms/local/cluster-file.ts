import { existsSync, readdirSync } from "node:fs";
import type { Placement } from "../../cluster/types.js";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { PodTemplate } from "../../ports/platform.js";
import { hasShape, integer, listOf, oneOf, optional, record, text } from "./check-shape.js";
import type { Shape } from "./check-shape.js";
import { readStateFile } from "./read-state-file.js";
import { clusterPaths, clustersDir } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";
import { writeJsonAtomic } from "./write-file-atomic.js";

/** A template with the program that runs it: the kubelet never searches for engines. */
export interface ServerTemplate extends PodTemplate {
  /** The server's program and its first arguments; the path of the start gate is appended. */
  readonly server: readonly string[];
}

/** `stable`: an address for life. `pod`: a new address at every pod start, as a pod's own address is on Kubernetes. */
export type AddressMode = "stable" | "pod";

/** What `cluster.json` holds. */
export interface ClusterFile {
  readonly schema: 1;
  readonly id: string;
  readonly name: string;
  /** The template that the next start of any pod uses. */
  readonly template: ServerTemplate;
  readonly shards: number;
  /** Replicas per shard. */
  readonly replicas: number;
  readonly addresses: AddressMode;
  /** `[x, y]` of 127.x.y.0/24. */
  readonly subnet: readonly [number, number];
  /** In ordinal order. */
  readonly placements: readonly Placement[];
  readonly createdAt: string;
  readonly nodeTimeoutMs: number;
  readonly gracePeriodMs: number;
  readonly serverConfig: readonly string[];
  readonly scripts: readonly string[];
  readonly passwordFile?: string;
}

/** The shape of a {@link Placement}. */
export const placementShape = record<Placement>({ pod: text, host: text, zone: text });

/** The shape of a {@link ServerTemplate}. */
export const serverTemplateShape = record<ServerTemplate>({
  engine: oneOf("redis", "valkey"),
  version: text,
  server: listOf(text, 1),
});

const clusterShape = record<ClusterFile>({
  schema: oneOf(1),
  id: text,
  name: text,
  template: serverTemplateShape,
  shards: integer(1, 100),
  replicas: integer(0, 99),
  addresses: oneOf("stable", "pod"),
  subnet: listOf(integer(0, 255), 2),
  placements: listOf(placementShape, 1),
  createdAt: text,
  nodeTimeoutMs: integer(1),
  gracePeriodMs: integer(1),
  serverConfig: listOf(text),
  scripts: listOf(text),
  passwordFile: optional(text),
});

const consistent: Shape<ClusterFile> = (value, path) => {
  if (!hasShape(value, clusterShape)) return clusterShape(value, path);
  const { shards, replicas, placements } = value;
  const pods = shards * (1 + replicas);
  return placements.length === pods ? undefined : `placements: expected ${pods} pods, found ${placements.length}`;
};

/**
 * Reads `cluster.json`; undefined when there is no such cluster.
 *
 * @throws EvenkeelError `STATE_CORRUPT`
 */
export function readClusterFileAt(paths: ClusterPaths): ClusterFile | undefined {
  const name = paths.dir.slice(paths.dir.lastIndexOf("/") + 1);
  return readStateFile(paths.clusterFile, consistent, {
    hint: `repair the file, or remove the cluster with its data: evenkeel down --name ${name} --purge`,
  });
}

/**
 * Reads the state of a cluster.
 *
 * @throws EvenkeelError `CLUSTER_NOT_FOUND` (with the names that exist) or `STATE_CORRUPT`
 */
export function readClusterFile(home: string, name: string): ClusterFile {
  const cluster = readClusterFileAt(clusterPaths(home, name));
  if (cluster !== undefined) return cluster;
  const others = listClusters(home);
  throw new EvenkeelError(`there is no cluster ${name} in ${home}`, {
    code: "CLUSTER_NOT_FOUND",
    owner: "user",
    hint: others.length > 0 ? `clusters here: ${others.join(", ")}` : "make one: evenkeel up",
    details: { home, name, others },
  });
}

/** Writes `cluster.json` so that a reader never sees half of it. */
export function writeClusterFile(paths: ClusterPaths, cluster: ClusterFile): void {
  writeJsonAtomic(paths.clusterFile, cluster);
}

/** Names of the clusters under a home, sorted; empty when there is no such folder. */
export function listClusters(home: string): readonly string[] {
  const dir = clustersDir(home);
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .toSorted();
}
