import { readFileSync, rmSync } from "node:fs";
import { SERVER_PORT } from "../../cluster/constants.js";
import type { Placement } from "../../cluster/types.js";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import type { Pod, PodTemplate, UpgradePlatform } from "../../ports/platform.js";
import { readClusterFile, templateFor } from "./cluster-file.js";
import type { ClusterFile, ServerTemplate } from "./cluster-file.js";
import { readDiskFacts } from "./disk-facts.js";
import { askKubelet } from "./kubelet-client.js";
import type { KubeletRequest } from "./kubelet-client.js";
import { readLockHolder } from "./kubelet/lock-pod.js";
import { readPodStatus } from "./pod-status.js";
import type { PodStatus } from "./pod-status.js";
import { isRunning } from "./process-identity.js";
import type { Programs } from "./spawn-kubelet.js";
import { sameTemplate, stageTemplate, withoutOverride } from "./stage-template.js";
import { clusterPaths, ordinalOf, podPaths } from "./state-paths.js";
import type { ClusterPaths } from "./state-paths.js";

export interface LocalPlatformOptions {
  readonly home: string;
  readonly name: string;
  /** Finds the program of an engine when a template is staged. */
  readonly resolve: (template: PodTemplate) => Promise<ServerTemplate>;
  /** Other programs than this package's own, for tests. */
  readonly programs?: Programs | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pods by what their kubelets last wrote, whether these live or not. */
export interface PodsAsTold {
  readonly pods: readonly Pod[];
  /** The same pods with what their volumes have and hold, for when there is time. */
  readonly withDisks: () => readonly Pod[];
}

/** The local platform, with what only it can do. */
export interface LocalPlatform extends UpgradePlatform {
  /** The pods of the cluster as it was just read, by what their kubelets last wrote: enough to know whom to ask. */
  podsAsTold(cluster: ClusterFile): PodsAsTold;
  /** Stops a pod and leaves it stopped; returns once that is accepted. */
  stop(pod: string, options?: { readonly handover?: boolean }): Promise<void>;
  /** Starts a stopped pod. */
  start(pod: string): Promise<void>;
  /** Restarts the server's container alone, without a hand-over: what a crash of the server looks like. */
  restartContainer(pod: string): Promise<void>;
}

/** The password of the default user, as the agents read it. */
function passwordOf(cluster: ClusterFile): string | undefined {
  return cluster.passwordFile === undefined ? undefined : readFileSync(cluster.passwordFile, "utf8").trim();
}

const templateOf = ({ engine, version }: PodTemplate): PodTemplate => ({ engine, version });

function podWithoutStatus(cluster: ClusterFile, placement: Placement): Pod {
  return {
    name: placement.pod,
    ordinal: ordinalOf(placement.pod),
    phase: "stopped",
    ready: false,
    address: "",
    port: SERVER_PORT,
    placement,
    template: templateOf(templateFor(cluster, placement.pod)),
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

interface PodAsTold {
  readonly pod: Pod;
  /** What its volume has and holds. */
  readonly disk: () => Partial<Pod>;
  /** What is otherwise than told where the kubelet that told it is gone. */
  readonly correction: () => Partial<Pod>;
}

const nothing = (): Partial<Pod> => ({});

function readPod(paths: ClusterPaths, cluster: ClusterFile, placement: Placement): PodAsTold {
  const files = podPaths(paths, placement.pod);
  const status = readPodStatus(files);
  if (status === undefined) {
    return { pod: podWithoutStatus(cluster, placement), disk: nothing, correction: nothing };
  }
  const { phase, ready, address, port, uid, containerRestarts, lastExit, reason } = status;
  const pod: Pod = {
    name: placement.pod,
    ordinal: ordinalOf(placement.pod),
    phase,
    ready,
    address,
    port,
    placement,
    template: templateOf(status.template),
    uid,
    containerRestarts,
    ...(lastExit === undefined ? {} : { lastExit }),
    reason,
  };
  return {
    pod,
    // A pod that was never started has no volume.
    disk: () => (uid === "" ? {} : (readDiskFacts(files.volume) ?? {})),
    correction: () => (readLockHolder(files.lock) === null ? orphaned(status) : {}),
  };
}

/**
 * The pods of a local cluster, as a platform.
 *
 * Methods throw EvenkeelError `CLUSTER_NOT_FOUND`, `STATE_CORRUPT`, `POD_NOT_FOUND`, `POD_CHANGED`, `KUBELET_UNREACHABLE`.
 */
export function localPlatform(options: LocalPlatformOptions): LocalPlatform {
  const { home, name, resolve, signal } = options;
  const paths = clusterPaths(home, name);
  const read = (): ClusterFile => readClusterFile(home, name);
  const statusOf = (pod: string): PodStatus => {
    const status = readPodStatus(podPaths(paths, pod));
    if (status !== undefined) return status;
    throw new EvenkeelError(`there is no pod ${pod} in ${name}, or it was never started`, {
      code: "POD_NOT_FOUND",
      owner: "user",
      hint: `evenkeel status --name ${name}`,
      details: { pod },
    });
  };
  const ask = (pod: string, request: KubeletRequest): Promise<void> =>
    askKubelet(statusOf(pod), readFileSync(paths.tokenFile, "utf8").trim(), request);
  const readPods = (cluster: ClusterFile): readonly PodAsTold[] =>
    cluster.placements.map((placement) => readPod(paths, cluster, placement));
  return {
    name: "local",
    pods: async () => readPods(read()).map(({ pod, disk, correction }) => ({ ...pod, ...correction(), ...disk() })),
    podsAsTold: (cluster) => {
      const told = readPods(cluster);
      return {
        pods: told.map(({ pod }) => pod),
        withDisks: () => told.map(({ pod, disk }) => ({ ...pod, ...disk() })),
      };
    },
    template: async () => templateOf(read().template),
    formerTemplate: async () => {
      const former = read().formerTemplate;
      return former === undefined ? undefined : templateOf(former);
    },
    stage: (template) => stageTemplate(template, { paths, read, resolve }),
    replace: async (pod, uid) => {
      // The pod comes back with what is staged, also when it was made for another version.
      if (statusOf(pod).uid === uid) withoutOverride(pod, { paths, read });
      await ask(pod, `replace?uid=${encodeURIComponent(uid)}`);
    },
    stop: (pod, how) => ask(pod, how?.handover === false ? "stop?handover=false" : "stop"),
    start: (pod) => ask(pod, "start"),
    restartContainer: (pod) => ask(pod, "restart-container"),
    ...upgradeParts({ ...options, paths, read, statusOf, ask, signal }),
    rest: async () => {
      rmSync(paths.targetFile, { force: true });
      const cluster = read();
      // Pods that were made for the version that all run now need no word of their own any more.
      for (const [pod, { template }] of Object.entries(cluster.pods ?? {})) {
        if (template !== undefined && sameTemplate(template, cluster.template)) withoutOverride(pod, { paths, read });
      }
    },
  };
}

interface Parts extends LocalPlatformOptions {
  readonly paths: ClusterPaths;
  readonly read: () => ClusterFile;
  readonly statusOf: (pod: string) => PodStatus;
  readonly ask: (pod: string, request: KubeletRequest) => Promise<void>;
}

// What only an upgrade, a restore or a change of size needs is loaded when it is: `status` and `check` have to be quick.
function upgradeParts(
  parts: Parts,
): Pick<
  LocalPlatform,
  "tryConfiguration" | "snapshot" | "snapshots" | "restoreShard" | "addReplica" | "removeReplica"
> {
  const { paths, read, resolve, statusOf, ask, signal } = parts;
  return {
    tryConfiguration: async (template, until) => {
      const { tryConfiguration } = await import("./throwaway/try-configuration.js");
      const cluster = read();
      return tryConfiguration(await resolve(template), {
        cluster,
        paths,
        password: passwordOf(cluster),
        signal: until ?? signal,
      });
    },
    snapshot: async (request) => {
      const { takeSnapshot } = await import("./snapshots/take-snapshot.js");
      const { address, port, template } = statusOf(request.pod);
      return takeSnapshot(request, {
        address,
        port,
        template,
        password: passwordOf(read()),
        volume: podPaths(paths, request.pod).volume,
        snapshotsDir: paths.snapshotsDir,
        trialsDir: paths.trialsDir,
        signal,
      });
    },
    snapshots: async () => (await import("./snapshots/snapshot-store.js")).listSnapshots(paths.snapshotsDir),
    restoreShard: async (request) => {
      const { restoreShard } = await import("./snapshots/restore-shard.js");
      await restoreShard({
        ...request,
        volumeOf: (pod) => podPaths(paths, pod).volume,
        serverConfig: read().serverConfig,
        stop: (pod) => ask(pod, "stop?handover=false"),
        start: async (pod) => {
          withoutOverride(pod, { paths, read });
          await ask(pod, "start");
        },
        isStopped: (pod) => statusOf(pod).phase === "stopped",
      });
    },
    addReplica: async ({ primary }) => {
      const { addReplica } = await import("./replicas/add-replica.js");
      const { ownPrograms, requirePrograms } = await import("./spawn-kubelet.js");
      const programs = parts.programs ?? ownPrograms();
      requirePrograms(programs);
      const cluster = read();
      return addReplica(primary, { cluster, paths, password: passwordOf(cluster), programs });
    },
    removeReplica: async (pod) => {
      const { removeReplica } = await import("./replicas/remove-replica.js");
      const cluster = read();
      await removeReplica(pod, { cluster, paths, password: passwordOf(cluster) });
    },
  };
}
