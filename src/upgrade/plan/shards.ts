import type { Topology, TopologyNode } from "../../cluster/types.js";
import type { Pod, PodTemplate } from "../../ports/platform.js";
import { byOrdinal, type Member, readMember } from "./member.js";

/** What is observed, and the two versions of the upgrade. */
export interface Observed {
  readonly topology: Topology;
  readonly pods: readonly Pod[];
  /** What ran when the upgrade began. */
  readonly from: PodTemplate;
  /** What the upgrade leads to. */
  readonly to: PodTemplate;
  /** Names of the pods that were added for the upgrade, as the journal holds them. @default none */
  readonly surgePods?: readonly string[];
  /** Names of pods whose copy was seen to be unable to follow its primary, by those who watch. @default none */
  readonly lostPods?: readonly string[];
}

/** A shard while it is planned: it changes as the steps before were done. */
export interface DraftShard {
  /** Place among the shards that own slots, by their first slot: the same as long as no slot moves. */
  readonly index: number;
  primary: Member;
  replicas: readonly Member[];
}

export interface DraftCluster {
  readonly shards: readonly DraftShard[];
  /** Pods that no node of the cluster knows. */
  readonly outside: readonly Member[];
}

export const sameTemplate = (a: PodTemplate, b: PodTemplate): boolean =>
  a.engine === b.engine && a.version === b.version;

/** Finds the pod of a node. */
export function podFinder(pods: readonly Pod[]): (node: TopologyNode) => Pod | undefined {
  const at = new Map(pods.filter((pod) => pod.address !== "").map((pod) => [`${pod.address} ${pod.port}`, pod]));
  return (node) => at.get(`${node.address} ${node.port}`);
}

/** Shards that own slots, with their pods. A node without a pod is left out: what that means is judged before. */
export function readShards({ topology, pods, from, to, surgePods = [], lostPods = [] }: Observed): DraftCluster {
  const podOf = podFinder(pods);
  const surge = new Set(surgePods);
  const lost = new Set(lostPods);
  const inside = new Set<string>();
  // When both are the same version every pod runs the target.
  const isOld = (pod: Pod): boolean => sameTemplate(pod.template, from) && !sameTemplate(from, to);
  const read = (node: TopologyNode, primary: TopologyNode | undefined): Member[] => {
    const pod = podOf(node);
    if (!pod) return [];
    inside.add(pod.name);
    const { name } = pod;
    return [readMember(pod, { node, primary, old: isOld(pod), surge: surge.has(name), lost: lost.has(name) })];
  };
  const shards = topology.shards
    .filter((shard) => shard.slots.length > 0)
    .flatMap(({ primary, replicas }, index): DraftShard[] => {
      const [head] = read(primary, undefined);
      if (!head) return [];
      return [{ index, primary: head, replicas: replicas.flatMap((node) => read(node, primary)).toSorted(byOrdinal) }];
    });
  const outside = pods
    .filter((pod) => !inside.has(pod.name))
    .map((pod) =>
      readMember(pod, {
        node: undefined,
        primary: undefined,
        old: isOld(pod),
        surge: surge.has(pod.name),
        lost: false,
      }),
    );
  return { shards, outside };
}

/** All pods of a shard, its primary first. */
export const membersOf = (shard: DraftShard): readonly Member[] => [shard.primary, ...shard.replicas];
