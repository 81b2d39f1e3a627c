import type { Topology } from "../cluster/types.js";
import { EvenkeelError, EXIT } from "../errors/evenkeel-error.js";
import type { Pod, PodTemplate } from "../ports/platform.js";

/** One act of an upgrade. Steps run one at a time, in order. */
export type UpgradeStep =
  | { readonly kind: "roll-replica"; readonly pod: string; readonly shard: number }
  | { readonly kind: "hand-over"; readonly pod: string; readonly shard: number }
  /** The former primary, a replica by now. */
  | { readonly kind: "roll-former-primary"; readonly pod: string; readonly shard: number };

export interface UpgradePlan {
  readonly schema: 1;
  readonly from: PodTemplate;
  readonly to: PodTemplate;
  readonly steps: readonly UpgradeStep[];
  /** One per shard whose primary runs another version than the target, and no more. */
  readonly failovers: number;
}

export interface PlanInputs {
  readonly topology: Topology;
  readonly pods: readonly Pod[];
  readonly target: PodTemplate;
}

const refuse = (message: string, hint?: string): EvenkeelError =>
  new EvenkeelError(message, {
    code: "UPGRADE_REFUSED",
    owner: "user",
    exitCode: EXIT.refused,
    ...(hint === undefined ? {} : { hint }),
  });

const runsTarget = (pod: Pod, target: PodTemplate): boolean =>
  pod.template.engine === target.engine && pod.template.version === target.version;

/**
 * Plans an upgrade from what is: all replicas first, then for each shard one hand-over to an upgraded replica, then the
 * former primaries. Pods that run the target already are left alone, so a half-done upgrade is planned to its end.
 * @throws EvenkeelError `UPGRADE_REFUSED` when a shard has no replica to hand over to, or a node belongs to no pod
 */
export function planUpgrade({ topology, pods, target }: PlanInputs): UpgradePlan {
  const podAt = (address: string): Pod => {
    const pod = pods.find((one) => one.address === address);
    if (!pod) throw refuse(`node ${address} belongs to no pod of this cluster`, "evenkeel status");
    return pod;
  };
  const shards = topology.shards.filter((shard) => shard.slots.length > 0);
  const replicas: UpgradeStep[] = [];
  const handOvers: UpgradeStep[] = [];
  const former: UpgradeStep[] = [];
  for (const [shard, { primary, replicas: followers }] of shards.entries()) {
    for (const follower of followers) {
      const pod = podAt(follower.address);
      if (!runsTarget(pod, target)) replicas.push({ kind: "roll-replica", pod: pod.name, shard });
    }
    const pod = podAt(primary.address);
    if (runsTarget(pod, target)) continue;
    if (followers.length === 0) {
      throw refuse(
        `shard ${shard} (${pod.name}) has no replica to hand over to: its slots would go unserved`,
        "give the shard a replica first: evenkeel check pre",
      );
    }
    handOvers.push({ kind: "hand-over", pod: pod.name, shard });
    former.push({ kind: "roll-former-primary", pod: pod.name, shard });
  }
  const from = pods.find((pod) => !runsTarget(pod, target))?.template ?? target;
  return { schema: 1, from, to: target, steps: [...replicas, ...handOvers, ...former], failovers: handOvers.length };
}
