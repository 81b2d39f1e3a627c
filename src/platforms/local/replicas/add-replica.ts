import { EXIT, EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Topology } from "../../../cluster/types.js";
import { tryBind } from "../claimable.js";
import { nextOrdinal, placementFor, writeClusterFile } from "../cluster-file.js";
import type { ClusterFile } from "../cluster-file.js";
import { writePodFiles } from "../create-cluster.js";
import { lookAtPod } from "../live-pod.js";
import { readPodStatus } from "../pod-status.js";
import type { PodStatus } from "../pod-status.js";
import { spawnKubelet } from "../spawn-kubelet.js";
import type { Programs } from "../spawn-kubelet.js";
import { podName, podPaths } from "../state-paths.js";
import type { ClusterPaths } from "../state-paths.js";
import { LAST_HOST, addressIn, requireAddresses } from "../subnet.js";
import { choosePlacement } from "./choose-placement.js";
import type { ShardPlaces } from "./choose-placement.js";
import { lookAtServers, nodeIdOf } from "./find-node.js";

export interface ReplicaOptions {
  readonly cluster: ClusterFile;
  readonly paths: ClusterPaths;
  readonly password: string | undefined;
  readonly programs: Programs;
}

function podOfNode(id: string | undefined, { cluster, paths }: ReplicaOptions): string | undefined {
  return id === undefined
    ? undefined
    : cluster.placements.find(({ pod }) => nodeIdOf(podPaths(paths, pod)) === id)?.pod;
}

/** The status of a pod whose server owns slots. */
function requirePrimary(primary: string, topology: Topology, options: ReplicaOptions): PodStatus {
  const { cluster, paths } = options;
  const status = cluster.placements.some(({ pod }) => pod === primary)
    ? readPodStatus(podPaths(paths, primary))
    : undefined;
  if (status === undefined) {
    throw new EvenkeelError(`there is no pod ${primary} in ${cluster.name}, or it was never started`, {
      code: "POD_NOT_FOUND",
      owner: "user",
      hint: `evenkeel status --name ${cluster.name}`,
      details: { pod: primary },
    });
  }
  const view = topology.views.find(({ address }) => address === status.address);
  const node = topology.nodes.find(({ id }) => id === view?.nodeId);
  if (node !== undefined && node.role === "primary" && node.slots.length > 0) return status;
  const head = node?.role === "replica" ? podOfNode(node.primaryId, options) : undefined;
  throw new EvenkeelError(
    node === undefined ? `the server of ${primary} does not answer` : `${primary} owns no slots: it is no primary`,
    {
      code: "NO_PRIMARY",
      owner: "user",
      exitCode: EXIT.refused,
      hint:
        head === undefined
          ? `evenkeel status --name ${cluster.name}`
          : `its primary is ${head}: evenkeel add-replica ${head}`,
      details: { pod: primary },
    },
  );
}

/** Pods of the shard, where they stand. */
function placesOf(primary: string, topology: Topology, { cluster, paths }: ReplicaOptions): ShardPlaces {
  const id = nodeIdOf(podPaths(paths, primary));
  const followers = new Set(topology.nodes.filter((node) => node.primaryId === id).map((node) => node.id));
  return {
    primary: placementFor(cluster, primary),
    replicas: cluster.placements.filter(({ pod }) => followers.has(nodeIdOf(podPaths(paths, pod)) ?? "")),
  };
}

/** A pod that an earlier call wrote down for this shard and did not get to start. */
function findUnstarted(primary: string, { cluster, paths }: ReplicaOptions): string | undefined {
  return cluster.placements.find(
    ({ pod }) => cluster.pods?.[pod]?.follow === primary && readPodStatus(podPaths(paths, pod)) === undefined,
  )?.pod;
}

/** The cluster with one pod more. */
async function grow(primary: string, topology: Topology, options: ReplicaOptions): Promise<ClusterFile> {
  const { cluster } = options;
  const { template } = requirePrimary(primary, topology, options);
  const ordinal = nextOrdinal(cluster);
  const pod = podName(cluster.name, ordinal);
  if (ordinal + 1 > LAST_HOST) {
    throw new EvenkeelError(`the subnet of ${cluster.name} has no address left for ${pod}`, {
      code: "SUBNET_FULL",
      owner: "user",
      exitCode: EXIT.refused,
      hint: "move the data to a new cluster: evenkeel restore",
    });
  }
  if (cluster.addresses === "stable") {
    await requireAddresses(cluster.subnet, [addressIn(cluster.subnet, ordinal + 1)], tryBind);
  }
  const placement = choosePlacement(cluster.placements, placesOf(primary, topology, options), { pod, ordinal });
  return {
    ...cluster,
    placements: [...cluster.placements, placement],
    pods: { ...cluster.pods, [pod]: { template, follow: primary } },
  };
}

/**
 * Makes one more pod, which joins the shard of `primary` as a replica on the version that the primary runs, also while another
 * template is staged. Returns once its kubelet is started. A call that broke off is taken up by the next one.
 *
 * @returns the pod's name
 * @throws EvenkeelError `POD_NOT_FOUND`, `NO_PRIMARY`, `ADDRESS_TAKEN`, `ADDRESS_REFUSED`, `SUBNET_FULL`
 */
export async function addReplica(primary: string, options: ReplicaOptions): Promise<string> {
  const { cluster, paths, programs, password } = options;
  const topology = await lookAtServers(cluster, paths, password);
  requirePrimary(primary, topology, options);
  const unstarted = findUnstarted(primary, options);
  const grown = unstarted === undefined ? await grow(primary, topology, options) : cluster;
  const pod = unstarted ?? grown.placements.at(-1)?.pod ?? "";
  const files = podPaths(paths, pod);
  writeClusterFile(paths, grown);
  writePodFiles(paths, grown, programs.agent);
  if (lookAtPod(files).kubelet === null) spawnKubelet(files, programs.kubelet);
  return pod;
}
