import { readFileSync } from "node:fs";
import { SERVER_PORT } from "../../cluster/constants.js";
import type { Placement } from "../../cluster/types.js";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { Platform, Pod, PodTemplate } from "../../ports/platform.js";
import { readClusterFile, writeClusterFile } from "./cluster-file.js";
import type { ClusterFile, ServerTemplate } from "./cluster-file.js";
import { readDiskFacts } from "./disk-facts.js";
import { askKubelet } from "./kubelet-client.js";
import type { KubeletRequest } from "./kubelet-client.js";
import { readLockHolder } from "./kubelet/lock-pod.js";
import { readPodStatus } from "./pod-status.js";
import type { PodStatus } from "./pod-status.js";
import { isRunning } from "./process-identity.js";
import { clusterPaths, podPaths } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";
import { writeJsonAtomic } from "./write-file-atomic.js";

export interface LocalPlatformOptions {
  readonly home: string;
  readonly name: string;
  /** Finds the program of an engine when a template is staged. */
  readonly resolve: (template: PodTemplate) => Promise<ServerTemplate>;
}

/** The local platform, with what only it can do. */
export interface LocalPlatform extends Platform {
  /** Stops a pod and leaves it stopped; returns once that is accepted. */
  stop(pod: string, options?: { readonly handover?: boolean }): Promise<void>;
  /** Starts a stopped pod. */
  start(pod: string): Promise<void>;
  /** Restarts the server's container alone, without a hand-over: what a crash of the server looks like. */
  restartContainer(pod: string): Promise<void>;
}

const templateOf = ({ engine, version }: PodTemplate): PodTemplate => ({ engine, version });

function podWithoutStatus(cluster: ClusterFile, ordinal: number, placement: Placement): Pod {
  return {
    name: placement.pod,
    ordinal,
    phase: "stopped",
    ready: false,
    address: "",
    port: SERVER_PORT,
    placement,
    template: templateOf(cluster.template),
    uid: "",
    containerRestarts: 0,
    reason: "it was never started",
  };
}

// A pod whose kubelet was killed goes on serving, but nobody probes it: ready is not known to be true.
function orphaned(status: PodStatus): Partial<Pod> {
  const serves = isRunning(status.server);
  return {
    ready: false,
    phase: serves ? status.phase : "stopped",
    reason: serves ? "its kubelet is gone: evenkeel up starts a new one, which takes the server over" : status.reason,
  };
}

function readPod(paths: ClusterPaths, cluster: ClusterFile, ordinal: number): Pod {
  const placement = cluster.placements[ordinal] ?? { pod: `${cluster.name}-${ordinal}`, host: "", zone: "" };
  const files = podPaths(paths, placement.pod);
  const status = readPodStatus(files);
  if (status === undefined) return podWithoutStatus(cluster, ordinal, placement);
  const { phase, ready, address, port, uid, containerRestarts, reason } = status;
  return {
    name: placement.pod,
    ordinal,
    phase,
    ready,
    address,
    port,
    placement,
    template: templateOf(status.template),
    uid,
    containerRestarts,
    reason,
    ...(readLockHolder(files.lock) === null ? orphaned(status) : {}),
    ...readDiskFacts(files.volume),
  };
}

/**
 * The pods of a local cluster, as a platform.
 *
 * Methods throw EvenkeelError `CLUSTER_NOT_FOUND`, `STATE_CORRUPT`, `POD_NOT_FOUND`, `POD_CHANGED`, `KUBELET_UNREACHABLE`.
 */
export function localPlatform({ home, name, resolve }: LocalPlatformOptions): LocalPlatform {
  const paths = clusterPaths(home, name);
  const ask = async (pod: string, request: KubeletRequest): Promise<void> => {
    const status = readPodStatus(podPaths(paths, pod));
    if (status === undefined) {
      throw new EvenkeelError(`there is no pod ${pod} in ${name}, or it was never started`, {
        code: "POD_NOT_FOUND",
        owner: "user",
        hint: `evenkeel status --name ${name}`,
        details: { pod },
      });
    }
    await askKubelet(status, readFileSync(paths.tokenFile, "utf8").trim(), request);
  };
  return {
    name: "local",
    pods: async () => {
      const cluster = readClusterFile(home, name);
      return cluster.placements.map((_, ordinal) => readPod(paths, cluster, ordinal));
    },
    template: async () => templateOf(readClusterFile(home, name).template),
    stage: async (template) => {
      const { engine, version, server } = await resolve(template);
      // Agents prefer candidates of the version that the cluster goes to.
      writeJsonAtomic(paths.targetFile, { engine, version });
      writeClusterFile(paths, { ...readClusterFile(home, name), template: { engine, version, server } });
    },
    replace: (pod, uid) => ask(pod, `replace?uid=${encodeURIComponent(uid)}`),
    stop: (pod, options) => ask(pod, options?.handover === false ? "stop?handover=false" : "stop"),
    start: (pod) => ask(pod, "start"),
    restartContainer: (pod) => ask(pod, "restart-container"),
  };
}
