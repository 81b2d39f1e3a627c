import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, EvenkeelError } from "../../errors/evenkeel-error.js";
import { tryBind } from "./claimable.js";
import { readClusterFileAt, writeClusterFile } from "./cluster-file.js";
import type { ClusterFile, ServerTemplate } from "./cluster-file.js";
import { createCluster, writePodFiles } from "./create-cluster.js";
import type { ClusterShape } from "./create-cluster.js";
import { downCluster } from "./down-cluster.js";
import { askKubelet } from "./kubelet-client.js";
import { lookAtPods } from "./live-pod.js";
import type { LivePod } from "./live-pod.js";
import { readTail } from "./read-tail.js";
import { ownPrograms, requirePrograms, spawnKubelet } from "./spawn-kubelet.js";
import type { Programs } from "./spawn-kubelet.js";
import { clusterPaths, ordinalOf } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";
import { addressIn, parseSubnet, requireAddresses } from "./subnet.js";

/** What is asked of `up`. Of a cluster that exists, only what is given here is compared. */
export interface UpOptions extends Omit<ClusterShape, "engine"> {
  /** Needed for a new cluster. */
  readonly engine?: ServerTemplate | undefined;
  readonly notify?: (message: string) => void;
  /** How long all pods may take to run. @default 60_000 */
  readonly deadlineMs?: number | undefined;
  /** Other programs than this package's own, for tests. */
  readonly programs?: Programs | undefined;
}

export interface UpResult {
  /** False when the cluster was there already. */
  readonly created: boolean;
  readonly cluster: ClusterFile;
}

const POLL_MS = 50;
const SAY_EVERY_MS = 2000;
/** A kubelet that was started has said something by then, or never will. */
const KUBELET_SILENT_MS = 10_000;

function written(template: ServerTemplate): string {
  return `${template.engine}@${template.version}`;
}

function requireSameShape(cluster: ClusterFile, asked: UpOptions): void {
  const { engine } = asked;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["engine", engine === undefined ? undefined : written(engine), written(cluster.template)],
    ["shards", asked.shards, cluster.shards],
    ["replicas", asked.replicas, cluster.replicas],
    ["addresses", asked.addresses, cluster.addresses],
    ["subnet", asked.subnet && addressIn(parseSubnet(asked.subnet), 0), addressIn(cluster.subnet, 0)],
  ];
  const differing = pairs.filter(([, wanted, is]) => wanted !== undefined && wanted !== is);
  if (differing.length === 0) return;
  const said = differing
    .map(([what, wanted, is]) => `${what} is ${String(is)}, asked was ${String(wanted)}`)
    .join("; ");
  const remedy = differing.some(([what]) => what === "engine")
    ? `another engine: evenkeel upgrade --to ${engine === undefined ? "" : written(engine)}`
    : `a new cluster: evenkeel down --name ${cluster.name} --purge, then evenkeel up`;
  throw new EvenkeelError(`the cluster ${cluster.name} exists and is another: ${said}`, {
    code: "CLUSTER_DIFFERS",
    owner: "user",
    exitCode: EXIT.refused,
    hint: remedy,
    details: Object.fromEntries(differing.map(([what, wanted, is]) => [what, { is, asked: wanted }])),
  });
}

/** A cluster that exists, with what may change under it: where the engine and our own programs are. */
async function takeUp(paths: ClusterPaths, cluster: ClusterFile, options: UpOptions): Promise<ClusterFile> {
  requireSameShape(cluster, options);
  const { server } = options.engine ?? cluster.template;
  const present: ClusterFile = { ...cluster, template: { ...cluster.template, server } };
  // Also where nothing differs: the agents' file is written with it.
  writeClusterFile(paths, present);
  if (cluster.addresses === "pod") return present;
  const idle = lookAtPods(paths).filter((pod) => pod.kubelet === null && pod.server === null && pod.agent === null);
  const addresses = idle.map((pod) => addressIn(cluster.subnet, 1 + ordinalOf(pod.paths.pod)));
  await requireAddresses(cluster.subnet, addresses, tryBind);
  return present;
}

async function startPods(paths: ClusterPaths, programs: Programs): Promise<void> {
  const token = readFileSync(paths.tokenFile, "utf8").trim();
  for (const pod of lookAtPods(paths)) {
    if (pod.kubelet === null) spawnKubelet(pod.paths, programs.kubelet);
    else if (pod.status?.phase === "stopped") await askKubelet(pod.status, token, "start");
  }
}

function notRunning(pods: readonly LivePod[], problem: string): EvenkeelError {
  const said = pods.map((pod) => `${pod.paths.pod}: ${pod.status?.reason || "no word from its kubelet"}`);
  return new EvenkeelError(`${problem}\n${said.join("\n")}`, {
    code: "PODS_NOT_RUNNING",
    owner: "environment",
    hint: `look at ${pods[0]?.paths.serverLog ?? "server.log"} and ${pods[0]?.paths.kubeletLog ?? "kubelet.log"}`,
    details: { pods: pods.map((pod) => ({ pod: pod.paths.pod, reason: pod.status?.reason ?? "" })) },
  });
}

function requireNoCrash(pods: readonly LivePod[], sinceMs: number): void {
  const crashed = pods.filter((pod) => pod.kubelet !== null && pod.status?.phase === "crashed");
  if (crashed.length > 0) throw notRunning(crashed.slice(0, 1), `${crashed.length} servers end as soon as they start`);
  const silent = pods.filter((pod) => pod.kubelet === null);
  if (silent.length > 0 && sinceMs > KUBELET_SILENT_MS) {
    const said = readTail(silent[0]?.paths.kubeletLog ?? "", 4).join("\n");
    throw notRunning(silent, `${silent.length} kubelets do not run. The first said:\n${said}`);
  }
}

async function waitUntilRunning(paths: ClusterPaths, options: UpOptions): Promise<void> {
  const { signal, notify, deadlineMs = 60_000 } = options;
  const startedAt = performance.now();
  let saidAt = startedAt;
  for (;;) {
    const pods = lookAtPods(paths);
    const waiting = pods.filter((pod) => pod.kubelet === null || pod.status?.phase !== "running");
    if (waiting.length === 0) return;
    const now = performance.now();
    requireNoCrash(pods, now - startedAt);
    if (now - startedAt > deadlineMs) {
      throw notRunning(waiting, `${waiting.length} of ${pods.length} pods do not run after ${deadlineMs / 1000} s`);
    }
    if (now - saidAt > SAY_EVERY_MS) {
      saidAt = now;
      notify?.(
        `waits for ${waiting.map((pod) => `${pod.paths.pod} (${pod.status?.reason || "its kubelet"})`).join(", ")}`,
      );
    }
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

function interrupted(name: string, created: boolean): EvenkeelError {
  const left = created ? "nothing of it is left" : "its pods go on starting";
  return new EvenkeelError(`interrupted while the pods of ${name} started; ${left}`, {
    code: "INTERRUPTED",
    owner: "user",
    retryable: true,
    exitCode: EXIT.interrupted,
    hint: `evenkeel ${created ? "up" : "status"} --name ${name}`,
  });
}

async function create(options: UpOptions, programs: Programs): Promise<ClusterFile> {
  const { engine } = options;
  if (engine === undefined) {
    throw new EvenkeelError(`there is no cluster ${options.name} yet, and no engine is given for a new one`, {
      code: "ENGINE_MISSING",
      owner: "user",
      hint: "evenkeel up --engine redis@7.0",
    });
  }
  return createCluster({ ...options, engine }, { agentProgram: programs.agent });
}

/**
 * Starts a local cluster: makes it when there is none, starts the pods that do not run, and returns when every pod's server
 * answers. The cluster need not be formed by then. When a new cluster cannot be started, nothing of it is left.
 *
 * @throws EvenkeelError `CLUSTER_DIFFERS`, `PODS_NOT_RUNNING`, `PROGRAM_MISSING`, and those of {@link createCluster}
 */
export async function upCluster(options: UpOptions): Promise<UpResult> {
  const programs = options.programs ?? ownPrograms();
  requirePrograms(programs);
  const paths = clusterPaths(options.home, options.name);
  const existing = readClusterFileAt(paths);
  const cluster = existing === undefined ? await create(options, programs) : await takeUp(paths, existing, options);
  const created = existing === undefined;
  try {
    if (!created) writePodFiles(paths, cluster, programs.agent);
    await startPods(paths, programs);
    await waitUntilRunning(paths, options);
  } catch (error) {
    if (created) await downCluster({ home: options.home, name: options.name, purge: true });
    throw options.signal?.aborted === true ? interrupted(options.name, created) : error;
  }
  return { created, cluster };
}
