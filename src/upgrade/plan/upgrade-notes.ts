import type { DraftShard } from "./shards.js";
import type { PrimaryHosts } from "./choose-target.js";

/** Shards that have one replica only are without a second copy while it restarts. */
export function redundancyNotes(shards: readonly DraftShard[]): readonly string[] {
  const thin = shards.filter((shard) => shard.replicas.length === 1 && (shard.primary.old || shard.replicas[0]?.old));
  if (thin.length === 0) return [];
  return [
    `${thin.length === shards.length ? "every shard" : `shard ${thin.map((shard) => shard.index).join(", ")}`} is without a second copy while its only replica restarts: --surge adds one meanwhile`,
  ];
}

/** Where the hand-overs leave a majority of the primaries on one host that did not hold it before. */
export function placementNotes(before: PrimaryHosts, after: PrimaryHosts, primaries: number): readonly string[] {
  const majority = Math.floor(primaries / 2) + 1;
  return [...after]
    .filter(([host, held]) => host !== "" && held >= majority && (before.get(host) ?? 0) < majority && before.size > 1)
    .map(
      ([host, held]) => `after it, host ${host} holds ${held} of ${primaries} primaries: a majority is lost with it`,
    );
}
