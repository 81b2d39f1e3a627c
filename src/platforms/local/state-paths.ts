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

/*
 * Put together as texts: their folder is absolute and tidy already, and `join` looks at every letter again, which a check of six pods
 * feels.
 */

/** Paths of the cluster whose folder is `dir`. */
export function clusterPathsAt(dir: string): ClusterPaths {
  return {
    dir,
    clusterFile: `${dir}/cluster.json`,
    tokenFile: `${dir}/token`,
    targetFile: `${dir}/target.json`,
    peersDir: `${dir}/peers`,
    podsDir: `${dir}/pods`,
    sizeFile: `${dir}/cluster-size.json`,
    snapshotsDir: `${dir}/snapshots`,
    removedDir: `${dir}/removed`,
    trialsDir: `${dir}/trials`,
  };
}

/** Paths of the pod whose folder is `dir`; the folder's name is the pod's name. */
export function podPathsAt(dir: string): PodPaths {
  const runDir = `${dir}/run`;
  return {
    dir,
    pod: basename(dir),
    podFile: `${dir}/pod.json`,
    statusFile: `${dir}/status.json`,
    agentConfig: `${dir}/agent.json`,
    kubeletLog: `${dir}/kubelet.log`,
    agentLog: `${dir}/agent.log`,
    serverLog: `${dir}/server.log`,
    volume: `${dir}/volume`,
    runDir,
    gate: `${runDir}/gate`,
    lock: `${runDir}/kubelet.lock`,
  };
}

/** Paths of one pod of a cluster. */
export function podPaths(cluster: ClusterPaths, pod: string): PodPaths {
  return podPathsAt(`${cluster.podsDir}/${pod}`);
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
