import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Placement } from "../../cluster/types.js";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { PodTemplate } from "../../ports/platform.js";
import { dictionaryOf, hasShape, integer, listOf, oneOf, optional, record, text } from "./check-shape.js";
import type { Shape } from "./check-shape.js";
import { readStateFile } from "./read-state-file.js";
import { clusterPaths, clustersDir, ordinalOf } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";
import { writeJsonAtomic } from "./write-file-atomic.js";

/** A template with the program that runs it: the kubelet never searches for engines. */
export interface ServerTemplate extends PodTemplate {
  /** The server's program and its first arguments; the path of the start gate is appended. */
  readonly server: readonly string[];
}

/** `stable`: an address for life. `pod`: a new address at every pod start, as a pod's own address is on Kubernetes. */
export type AddressMode = "stable" | "pod";

/** What is different for one pod of a cluster. */
export interface PodOverride {
  /** Runs this instead of the cluster's template, until the pod is replaced. */
  readonly template?: ServerTemplate;
  /** Pod of the shard that it joins when its volume is empty. */
  readonly follow?: string;
}

/** What `cluster.json` holds. */
export interface ClusterFile {
  readonly schema: 1;
  readonly id: string;
  readonly name: string;
  /** The template that the next start of any pod uses. */
  readonly template: ServerTemplate;
  /** What was the template before the present one was staged; missing when that is not known, or was staged back. */
  readonly formerTemplate?: ServerTemplate;
  readonly shards: number;
  /** Replicas per shard that the cluster was made with; pods may have been added and removed since. */
  readonly replicas: number;
  readonly addresses: AddressMode;
  /** `[x, y]` of 127.x.y.0/24. */
  readonly subnet: readonly [number, number];
  /** One for each pod, in ordinal order. */
  readonly placements: readonly Placement[];
  /** By pod's name; there as soon as a pod was added or removed. */
  readonly pods?: Readonly<Record<string, PodOverride>>;
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

const overrideShape = record<PodOverride>({ template: optional(serverTemplateShape), follow: optional(text) });

const clusterShape = record<ClusterFile>({
  schema: oneOf(1),
  id: text,
  name: text,
  template: serverTemplateShape,
  formerTemplate: optional(serverTemplateShape),
  shards: integer(1, 100),
  replicas: integer(0, 99),
  addresses: oneOf("stable", "pod"),
  subnet: listOf(integer(0, 255), 2),
  placements: listOf(placementShape, 1),
  pods: optional(dictionaryOf(overrideShape)),
  createdAt: text,
  nodeTimeoutMs: integer(1),
  gracePeriodMs: integer(1),
  serverConfig: listOf(text),
  scripts: listOf(text),
  passwordFile: optional(text),
});

const consistent: Shape<ClusterFile> = (value, path) => {
  if (!hasShape(value, clusterShape)) return clusterShape(value, path);
  const { shards, replicas, placements, pods } = value;
  if (pods !== undefined) {
    return placements.length >= shards
      ? undefined
      : `placements: expected ${shards} pods or more, found ${placements.length}`;
  }
  const count = shards * (1 + replicas);
  return placements.length === count ? undefined : `placements: expected ${count} pods, found ${placements.length}`;
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
    hint:
      others.length > 0
        ? `clusters here: ${others.join(", ")}`
        : `make one: evenkeel up${name === "default" ? "" : ` --name ${name}`}`,
    details: { home, name, others },
  });
}

/** What the next start of a pod uses. */
export function templateFor({ template, pods }: ClusterFile, pod: string): ServerTemplate {
  return pods?.[pod]?.template ?? template;
}

/** Where a pod stands. */
export function placementFor({ placements }: ClusterFile, pod: string): Placement {
  return placements.find((placement) => placement.pod === pod) ?? { pod, host: pod, zone: "" };
}

/** The next free ordinal: one above the highest, so that a name that is in use never comes back. */
export function nextOrdinal({ placements }: ClusterFile): number {
  return Math.max(-1, ...placements.map(({ pod }) => ordinalOf(pod))) + 1;
}

function readSize(paths: ClusterPaths): number {
  try {
    return Number((JSON.parse(readFileSync(paths.sizeFile, "utf8")) as { pods?: unknown }).pods) || 0;
  } catch {
    return 0;
  }
}

/**
 * Writes `cluster.json` so that a reader never sees half of it, and the number of pods for the agents. A crash between the
 * two leaves the agents with the larger number: then they wait for a pod, instead of forgetting one or voting without it.
 */
export function writeClusterFile(paths: ClusterPaths, cluster: ClusterFile): void {
  const pods = cluster.placements.length;
  const grows = pods > readSize(paths);
  if (grows) writeJsonAtomic(paths.sizeFile, { pods });
  writeJsonAtomic(paths.clusterFile, cluster);
  if (!grows && pods !== readSize(paths)) writeJsonAtomic(paths.sizeFile, { pods });
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
