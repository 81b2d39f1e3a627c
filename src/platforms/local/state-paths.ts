import { basename, dirname, join, resolve } from "node:path";

/** Where a local cluster keeps its state. */
export interface ClusterPaths {
  readonly dir: string;
  readonly clusterFile: string;
  readonly tokenFile: string;
  readonly targetFile: string;
  readonly peersDir: string;
  readonly podsDir: string;
  /** How many pods the cluster has: what the agents read, so that they learn a new number without a restart. */
  readonly sizeFile: string;
  readonly snapshotsDir: string;
  /** Folders of pods that were removed for good; `prune` removes them. */
  readonly removedDir: string;
  /** One file for each throwaway server that runs now. */
  readonly trialsDir: string;
}

/** Where one pod of it keeps its state. */
export interface PodPaths {
  readonly dir: string;
  readonly pod: string;
  readonly podFile: string;
  readonly statusFile: string;
  readonly agentConfig: string;
  readonly kubeletLog: string;
  readonly agentLog: string;
  readonly serverLog: string;
  readonly volume: string;
  readonly runDir: string;
  readonly gate: string;
  readonly lock: string;
}

/** The folder of all clusters under an EVENKEEL_HOME. */
export function clustersDir(home: string): string {
  return resolve(home, "clusters");
}

/** Paths of the cluster `name` under `home`. */
export function clusterPaths(home: string, name: string): ClusterPaths {
  return clusterPathsAt(join(clustersDir(home), name));
}

/** Paths of the cluster whose folder is `dir`. */
export function clusterPathsAt(dir: string): ClusterPaths {
  return {
    dir,
    clusterFile: join(dir, "cluster.json"),
    tokenFile: join(dir, "token"),
    targetFile: join(dir, "target.json"),
    peersDir: join(dir, "peers"),
    podsDir: join(dir, "pods"),
    sizeFile: join(dir, "cluster-size.json"),
    snapshotsDir: join(dir, "snapshots"),
    removedDir: join(dir, "removed"),
    trialsDir: join(dir, "trials"),
  };
}

/** Paths of the pod whose folder is `dir`; the folder's name is the pod's name. */
export function podPathsAt(dir: string): PodPaths {
  const runDir = join(dir, "run");
  return {
    dir,
    pod: basename(dir),
    podFile: join(dir, "pod.json"),
    statusFile: join(dir, "status.json"),
    agentConfig: join(dir, "agent.json"),
    kubeletLog: join(dir, "kubelet.log"),
    agentLog: join(dir, "agent.log"),
    serverLog: join(dir, "server.log"),
    volume: join(dir, "volume"),
    runDir,
    gate: join(runDir, "gate"),
    lock: join(runDir, "kubelet.lock"),
  };
}

/** Paths of one pod of a cluster. */
export function podPaths(cluster: ClusterPaths, pod: string): PodPaths {
  return podPathsAt(join(cluster.podsDir, pod));
}

/** The cluster that the pod in `podDir` belongs to. */
export function clusterPathsOfPod(podDir: string): ClusterPaths {
  return clusterPathsAt(dirname(dirname(podDir)));
}

/** Pods are named as a StatefulSet's: `<cluster>-<ordinal>`. */
export function podName(cluster: string, ordinal: number): string {
  return `${cluster}-${ordinal}`;
}

/** The ordinal in a pod's name. */
export function ordinalOf(pod: string): number {
  return Number(pod.slice(pod.lastIndexOf("-") + 1));
}
