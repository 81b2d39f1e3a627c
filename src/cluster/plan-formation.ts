import { EvenkeelError, EXIT } from "../errors/evenkeel-error.js";
import { assignLeastCost } from "./assign-least-cost.js";
import { choosePrimaries } from "./choose-primaries.js";
import { sameSlots, splitSlots } from "./slots.js";
import type { Placement, SlotRange } from "./types.js";

/** A pod that the cluster may be made of. */
export interface FormationPod {
  readonly ordinal: number;
  readonly pod: string;
  readonly address: string;
  readonly port: number;
  readonly placement: Placement;
  /** What its server owns already. */
  readonly slots: readonly SlotRange[];
}

/** The size that is asked for. */
export interface ClusterSize {
  readonly shards: number;
  /** Replicas per shard. */
  readonly replicas: number;
}

/** What each ordinal becomes. */
export interface FormationPlan {
  readonly primaries: readonly { readonly ordinal: number; readonly slots: SlotRange; readonly epoch: number }[];
  readonly replicas: readonly { readonly ordinal: number; readonly primaryOrdinal: number }[];
}

/** Fewer than three primaries cannot outvote one that failed. */
const SHARDS_MIN = 3;

/**
 * Plans a new cluster of the lowest ordinals: primaries with even slots, on different hosts and in different zones where that is
 * possible, and replicas, each on another host and in another zone than its primary where that is possible. Whoever owns one
 * of the ranges keeps it, and so a plan that was begun stays the same though the pods that have nothing yet were moved.
 * @throws EvenkeelError `NOT_ENOUGH_NODES`
 */
export function planFormation(pods: readonly FormationPod[], { shards, replicas }: ClusterSize): FormationPlan {
  if (shards < SHARDS_MIN) {
    throw notEnough(
      `${shards} ${shards === 1 ? "shard is" : "shards are"} too few: fewer than ${SHARDS_MIN} primaries cannot outvote a failed one`,
      {
        hint: `ask for ${SHARDS_MIN} shards or more`,
        details: { shards, replicas },
      },
    );
  }
  const needed = shards * (1 + replicas);
  if (pods.length < needed) {
    const sum = `${shards} shards with ${replicas} ${replicas === 1 ? "replica" : "replicas"} each are ${shards} x (1 + ${replicas}) = ${needed} nodes`;
    throw notEnough(`${sum}; there are ${pods.length}`, {
      hint: `start ${needed - pods.length} more, or ask for fewer replicas or shards`,
      details: { shards, replicas, needed, nodes: pods.length },
    });
  }
  const chosen = pods.toSorted((a, b) => a.ordinal - b.ordinal).slice(0, needed);
  const seats = seatPrimaries(chosen, splitSlots(shards));
  const primaries = seats.map(({ pod }) => pod);
  return {
    primaries: seats.map(({ pod, slots }, index) => ({ ordinal: pod.ordinal, slots, epoch: index + 1 })),
    replicas: assignReplicas(
      primaries,
      chosen.filter((pod) => !primaries.includes(pod)),
    ),
  };
}

interface Seat {
  readonly slots: SlotRange;
  readonly pod: FormationPod;
}

/** Who owns a range, or else the next of the chosen ones, in the order of their ordinals. */
function seatPrimaries(pods: readonly FormationPod[], ranges: readonly SlotRange[]): Seat[] {
  const owners = ranges.map((range) => pods.find(({ slots }) => sameSlots(slots, [range])));
  const owning = owners.filter((pod) => pod !== undefined);
  const free = choosePrimaries(pods, owning, ranges.length - owning.length);
  return ranges.flatMap((slots, index) => {
    const pod = owners[index] ?? free.shift();
    return pod ? [{ slots, pod }] : [];
  });
}

function notEnough(
  message: string,
  options: { readonly hint: string; readonly details: Readonly<Record<string, unknown>> },
): EvenkeelError {
  return new EvenkeelError(message, { code: "NOT_ENOUGH_NODES", owner: "user", exitCode: EXIT.usage, ...options });
}

/** Sharing a host is worse than any number of shared zones, a shared zone worse than any number of odd pairs. */
const HOST_COST = 1e8;
const ZONE_COST = 1e4;

function assignReplicas(
  primaries: readonly FormationPod[],
  replicas: readonly FormationPod[],
): FormationPlan["replicas"] {
  const seats = replicas.map((_, index) => index % primaries.length);
  const cost = replicas.map((replica, row) =>
    seats.map((seat) => {
      const primary = primaries[seat];
      if (!primary) return 0;
      const host = replica.placement.host === primary.placement.host ? HOST_COST : 0;
      const zone = replica.placement.zone === primary.placement.zone ? ZONE_COST : 0;
      return host + zone + (seat === row % primaries.length ? 0 : 1);
    }),
  );
  const columns = assignLeastCost(cost);
  return replicas.map((replica, row) => ({
    ordinal: replica.ordinal,
    primaryOrdinal: primaries[seats[columns[row] ?? 0] ?? 0]?.ordinal ?? 0,
  }));
}
