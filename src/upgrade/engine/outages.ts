import { formatSlots } from "../../cluster/slots.js";
import type { Shard, Topology } from "../../cluster/types.js";

/** A time in which no primary answered for some slots. */
export interface Outage {
  /** As people write them, e.g. `0-5460`. */
  readonly slots: string;
  /** From the last look at which they were served to the next one. */
  readonly ms: number;
}

export interface OutageLog {
  add(topology: Topology, nowMs: number): void;
  /** The longest of each shard, the longest first; one that goes on counts until now. */
  list(nowMs: number): readonly Outage[];
}

/** One look may have missed an answer; from this many in a row on it is an outage. */
const LOOKS_MIN = 2;

interface Known {
  servedMs: number;
  badLooks: number;
  longestMs: number;
}

function serves({ primary }: Shard): boolean {
  return primary.view !== undefined && !primary.view.server.loading && primary.view.cluster.state === "ok";
}

/** Remembers for how long each shard's slots had nobody who served them, as far as regular looks can tell. */
export function createOutageLog(): OutageLog {
  const shards = new Map<string, Known>();
  const lasting = ({ servedMs, badLooks }: Known, nowMs: number): number =>
    badLooks >= LOOKS_MIN ? nowMs - servedMs : 0;
  return {
    add(topology, nowMs) {
      // A deposed primary is one without slots until it follows the new one: nobody misses it.
      const owners = topology.shards.filter((shard) => shard.slots.length > 0);
      const serving = new Set(owners.filter(serves).map((shard) => formatSlots(shard.slots)));
      for (const slots of serving) if (!shards.has(slots)) shards.set(slots, fresh(nowMs));
      for (const [slots, known] of shards) {
        if (serving.has(slots)) {
          known.longestMs = Math.max(known.longestMs, lasting(known, nowMs));
          known.servedMs = nowMs;
          known.badLooks = 0;
        } else {
          known.badLooks += 1;
        }
      }
    },
    list: (nowMs) =>
      [...shards]
        .map(([slots, known]) => ({ slots, ms: Math.round(Math.max(known.longestMs, lasting(known, nowMs))) }))
        .filter(({ ms }) => ms > 0)
        .toSorted((a, b) => b.ms - a.ms),
  };
}

const fresh = (nowMs: number): Known => ({ servedMs: nowMs, badLooks: 0, longestMs: 0 });
