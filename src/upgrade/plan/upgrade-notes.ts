import { formatEngine } from "../../cluster/engines.js";
import type { PairVerdict } from "../../cluster/pairs/pair.js";
import type { DraftShard } from "./shards.js";
import type { PrimaryHosts } from "./choose-target.js";

/** What the pair of versions means, as sentences: the way back first, because it decides whether to begin. */
export function pairNotes(pair: PairVerdict): readonly string[] {
  const name = `${formatEngine(pair.from)} to ${formatEngine(pair.to)}`;
  if (!pair.known) {
    return [
      `${name}: ${pair.reason}`,
      "after the commit only the snapshot is sure to be a way back, without what was written since",
    ];
  }
  const { wayBack, freezeUntilCommit, stopBefore, settings, caveats } = pair.row;
  const back = {
    full: "a full way back after the commit",
    "full-after-wipe": "a full way back after the commit, with the new version's files moved aside",
    "snapshot-only": "after the commit only the snapshot is a way back, without what was written since",
    none: "no way back",
  }[wayBack.afterCommit];
  return [
    `${name}: ${back}: ${wayBack.why}`,
    ...(freezeUntilCommit.length > 0 ? [`do not use before the commit is done: ${freezeUntilCommit.join(", ")}`] : []),
    ...(stopBefore.length > 0 ? [`do not use from now on: ${stopBefore.join(", ")}`] : []),
    ...settings.map(({ name: setting, value, why }) => `needs ${setting} ${value}: ${why}`),
    ...caveats,
  ];
}

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
