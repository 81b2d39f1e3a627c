import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { GRACE_PERIOD_MS, NODE_TIMEOUT_MS } from "../../cluster/constants.js";
import type { Placement } from "../../cluster/types.js";
import { EXIT, EvenkeelError } from "../../errors/evenkeel-error.js";
import type { TryBind } from "./claimable.js";
import { tryBind as realBind } from "./claimable.js";
import { writeClusterFile } from "./cluster-file.js";
import type { AddressMode, ClusterFile, ServerTemplate } from "./cluster-file.js";
import type { PodFile } from "./pod-file.js";
import { clusterPaths, clusterPathsAt, clustersDir, ordinalOf, podName, podPaths } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";
import { firstAddresses, parseSubnet, pickSubnet, requireAddresses } from "./subnet.js";
import type { Subnet } from "./subnet.js";
import { writeJsonAtomic } from "./write-file-atomic.js";

/** What a new cluster is made from. */
export interface ClusterShape {
  readonly home: string;
  readonly name: string;
  readonly engine: ServerTemplate;
  /** @default 3 */
  readonly shards?: number | undefined;
  /** Replicas per shard. @default 1 */
  readonly replicas?: number | undefined;
  /** @default "stable" */
  readonly addresses?: AddressMode | undefined;
  /** `127.x.y`; without it one is chosen that is free. */
  readonly subnet?: string | undefined;
  /** Labels, given to the pods in turn. Without them every pod is a host of its own. */
  readonly hosts?: readonly string[] | undefined;
  /** Labels, given to the pods in turn. @default zone-a, zone-b, zone-c */
  readonly zones?: readonly string[] | undefined;
  readonly gracePeriodMs?: number | undefined;
  readonly nodeTimeoutMs?: number | undefined;
  readonly serverConfig?: readonly string[] | undefined;
  readonly scripts?: readonly string[] | undefined;
  readonly passwordFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MIN_SHARDS = 3;
const MAX_PODS = 100;

function refuse(message: string, hint: string, details: Readonly<Record<string, unknown>>): never {
  throw new EvenkeelError(message, { code: "SHAPE_REFUSED", owner: "user", hint, details });
}

function requireShape(name: string, shards: number, replicas: number): void {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    refuse(`"${name}" is no name for a cluster`, "use small letters, digits and -, at most 40, a letter first", {
      name,
    });
  }
  if (!Number.isInteger(shards) || shards < MIN_SHARDS) {
    // Fewer primaries than three have no majority without one of them.
    refuse(`a cluster of ${shards} shards cannot outvote the loss of one`, `use --shards ${MIN_SHARDS} or more`, {
      shards,
    });
  }
  if (!Number.isInteger(replicas) || replicas < 0) {
    refuse(`${replicas} replicas per shard is no number of replicas`, "use --replicas 0 or more", { replicas });
  }
  const pods = shards * (1 + replicas);
  if (pods > MAX_PODS) {
    refuse(`${shards} shards with ${replicas} replicas each are ${pods} pods`, `at most ${MAX_PODS} fit here`, {
      pods,
    });
  }
}

function placePods(shape: ClusterShape, pods: number): readonly Placement[] {
  const zones = shape.zones?.length ? shape.zones : ["zone-a", "zone-b", "zone-c"];
  const hosts = shape.hosts?.length ? shape.hosts : Array.from({ length: pods }, (_, ordinal) => `host-${ordinal}`);
  return Array.from({ length: pods }, (_, ordinal) => {
    const host = ordinal % hosts.length;
    // A host stands in one zone, whichever of its pods is asked.
    return { pod: podName(shape.name, ordinal), host: hosts[host] ?? "", zone: zones[host % zones.length] ?? "" };
  });
}

async function chooseSubnet(shape: ClusterShape, pods: number, tryBind: TryBind): Promise<Subnet> {
  if (shape.subnet === undefined) {
    return pickSubnet(clusterPaths(shape.home, shape.name).dir, pods, { tryBind, signal: shape.signal });
  }
  const subnet = parseSubnet(shape.subnet);
  await requireAddresses(subnet, firstAddresses(subnet, pods), tryBind);
  return subnet;
}

function notWritable(dir: string, cause: unknown): EvenkeelError {
  return new EvenkeelError(`cannot write to ${dir}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    code: "HOME_NOT_WRITABLE",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "choose another folder: EVENKEEL_HOME=FOLDER evenkeel up",
    cause,
    details: { dir },
  });
}

/** Writes (again) the folder and the fixed file of every pod. */
export function writePodFiles(paths: ClusterPaths, cluster: ClusterFile, agentProgram: string): void {
  for (const { pod } of cluster.placements) {
    const files = podPaths(paths, pod);
    mkdirSync(files.volume, { recursive: true });
    mkdirSync(files.runDir, { recursive: true });
    const podFile: PodFile = { schema: 1, pod, ordinal: ordinalOf(pod), agentProgram };
    writeJsonAtomic(files.podFile, podFile);
  }
}

function fillFolder(paths: ClusterPaths, cluster: ClusterFile, agentProgram: string): void {
  mkdirSync(paths.peersDir, { recursive: true });
  writeFileSync(paths.tokenFile, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  writePodFiles(paths, cluster, agentProgram);
  writeClusterFile(paths, cluster);
}

function removeDraft(draft: string): void {
  try {
    rmSync(draft, { recursive: true, force: true });
  } catch {
    // Where nothing can be written nothing was, and the first error is the one to tell.
  }
}

// The folder is filled under another name and renamed: a cluster is there as a whole or not at all, also when two `up`s race.
function writeFolder(home: string, cluster: ClusterFile, agentProgram: string): void {
  const paths = clusterPaths(home, cluster.name);
  const draft = join(clustersDir(home), `.${cluster.name}.${process.pid}.new`);
  try {
    mkdirSync(dirname(paths.dir), { recursive: true });
    fillFolder(clusterPathsAt(draft), cluster, agentProgram);
    renameSync(draft, paths.dir);
  } catch (error) {
    removeDraft(draft);
    if (existsSync(paths.dir)) {
      throw new EvenkeelError(`the folder ${paths.dir} is there already`, {
        code: "CLUSTER_EXISTS",
        owner: "user",
        retryable: true,
        exitCode: EXIT.refused,
        hint: `run the command again, or remove it: evenkeel down --name ${cluster.name} --purge`,
        cause: error,
      });
    }
    throw notWritable(home, error);
  }
}

/**
 * Makes the state of a new cluster on disk; starts nothing.
 *
 * @param shape what is asked for
 * @param options.agentProgram path of the agent's bundle
 * @param options.tryBind how addresses are tried, for tests
 * @throws EvenkeelError `SHAPE_REFUSED`, `SUBNET_UNKNOWN`, `ADDRESS_TAKEN`, `ADDRESS_REFUSED`, `HOME_NOT_WRITABLE`, `CLUSTER_EXISTS`
 */
export async function createCluster(
  shape: ClusterShape,
  options: { readonly agentProgram: string; readonly tryBind?: TryBind },
): Promise<ClusterFile> {
  const { shards = 3, replicas = 1 } = shape;
  requireShape(shape.name, shards, replicas);
  const pods = shards * (1 + replicas);
  const { engine, version, server } = shape.engine;
  const cluster: ClusterFile = {
    schema: 1,
    id: randomUUID(),
    name: shape.name,
    template: { engine, version, server },
    shards,
    replicas,
    addresses: shape.addresses ?? "stable",
    subnet: await chooseSubnet(shape, pods, options.tryBind ?? realBind),
    placements: placePods(shape, pods),
    createdAt: new Date().toISOString(),
    nodeTimeoutMs: shape.nodeTimeoutMs ?? NODE_TIMEOUT_MS,
    gracePeriodMs: shape.gracePeriodMs ?? GRACE_PERIOD_MS,
    serverConfig: shape.serverConfig ?? [],
    scripts: (shape.scripts ?? []).map((file) => resolve(file)),
    ...(shape.passwordFile === undefined ? {} : { passwordFile: resolve(shape.passwordFile) }),
  };
  writeFolder(shape.home, cluster, options.agentProgram);
  return cluster;
}
