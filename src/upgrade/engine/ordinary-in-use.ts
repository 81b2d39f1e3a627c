import { formatEngine } from "../../cluster/engines.js";
import { findPair } from "../../cluster/pairs/index.js";
import type { Finding, Topology } from "../../cluster/types.js";
import type { Performing } from "./acts/performing.js";

/** The commands that a feature's name begins with, e.g. `HINCRBYFLOAT` of "HINCRBYFLOAT (as HSETEX)". */
const WORDS = /[A-Z][A-Z0-9_]{2,}/gu;

/**
 * Commands that clients use today and that the target hands to its replicas in words that the old version does not know: an old copy
 * drops them with a line in its log, and is no lossless way back any more.
 */
export async function findOrdinaryInUse(
  { ports, from, to }: Pick<Performing, "ports" | "from" | "to">,
  topology: Topology,
): Promise<readonly Finding[]> {
  const pair = findPair(from, to);
  if (!pair.known || pair.row.ordinary.length === 0 || ports.commandCalls === undefined) return [];
  const calls = await ports.commandCalls(topology);
  const used = pair.row.ordinary
    .flatMap((feature) => feature.match(WORDS) ?? [])
    .filter((word) => (calls[word.toLowerCase()] ?? 0) > 0);
  const common = { id: "pair.ordinary", severity: "warn" } as const;
  const names = pair.row.ordinary.join(", ");
  if (used.length === 0)
    return [{ ...common, status: "pass", evidence: `no client used ${names} since the servers started` }];
  const seen = [...new Set(used)].map((word) => `${word} (${calls[word.toLowerCase()]} calls)`).join(", ");
  return [
    {
      ...common,
      status: "fail",
      evidence: `clients use ${seen}: ${formatEngine(to)} hands it to its replicas in words that ${formatEngine(from)} does not know, so that a copy kept on ${formatEngine(from)} lacks these writes`,
      advice:
        "keep clients from it until the commit, or know that the way back ends at the hand-over of a shard that uses it",
    },
  ];
}
