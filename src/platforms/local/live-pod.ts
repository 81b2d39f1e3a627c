import { readdirSync } from "node:fs";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { readLockHolder } from "./kubelet/lock-pod.js";
import { readPodStatus } from "./pod-status.js";
import type { PodStatus } from "./pod-status.js";
import { isRunning } from "./process-identity.js";
import type { ProcessIdentity } from "./process-identity.js";
import { podPaths } from "./state-paths.js";
import type { ClusterPaths, PodPaths } from "./state-paths.js";

/** Which processes of a pod live now; null for those that do not. */
export interface LivePod {
  readonly paths: PodPaths;
  readonly status: PodStatus | undefined;
  readonly kubelet: ProcessIdentity | null;
  readonly server: ProcessIdentity | null;
  readonly agent: ProcessIdentity | null;
}

function alive(identity: ProcessIdentity | null | undefined): ProcessIdentity | null {
  return isRunning(identity) ? identity : null;
}

// Who stops a cluster must be able to do so with a broken status file too: the lock still names the kubelet.
function readTolerantly(paths: PodPaths): PodStatus | undefined {
  try {
    return readPodStatus(paths);
  } catch (error) {
    if (error instanceof EvenkeelError && error.code === "STATE_CORRUPT") return undefined;
    throw error;
  }
}

/** Looks at one pod's processes. */
export function lookAtPod(paths: PodPaths): LivePod {
  const status = readTolerantly(paths);
  return {
    paths,
    status,
    kubelet: readLockHolder(paths.lock),
    server: alive(status?.server),
    agent: alive(status?.agent),
  };
}

/** Looks at every pod that a cluster's folder knows; empty when there is no such folder. */
export function lookAtPods(cluster: ClusterPaths): readonly LivePod[] {
  let names: readonly string[];
  try {
    names = readdirSync(cluster.podsDir);
  } catch {
    return [];
  }
  return names.map((name) => lookAtPod(podPaths(cluster, name)));
}
