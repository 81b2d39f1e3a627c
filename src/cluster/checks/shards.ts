import { formatPlace } from "../format-node.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** Every shard has replicas that answer, and no replica hangs on another replica. */
export function checkShards({ topology, expected }: Observed): CheckResult[] {
  const shards = topology.shards.filter((shard) => shard.slots.length > 0);
  const wanted = expected?.replicas ?? 1;
  const faults = shards.flatMap((shard): Fault[] => {
    const living = shard.replicas.filter((replica) => replica.view).length;
    const subject = formatPlace(shard.primary);
    if (living >= wanted) return [];
    const evidence =
      living === 0
        ? `the primary ${subject} has no replica that answers`
        : `the primary ${subject} has ${living} of ${wanted} replicas`;
    // Without any replica nobody can take over; with fewer than asked for somebody still can.
    return [{ subject, evidence, severity: living === 0 ? "block" : "warn" }];
  });
  const strays = topology.strays.map((node) => ({
    subject: formatPlace(node),
    evidence: `${formatPlace(node)} follows ${node.primaryId ?? "nobody"}, which is no primary`,
  }));
  const count = shards.length;
  const primaries =
    count < 3 || count % 2 === 0
      ? [
          {
            evidence: `${count} primaries: an odd number of at least 3 outvotes a failed one best`,
            severity: count < 3 ? ("block" as const) : ("warn" as const),
          },
        ]
      : [];
  return [
    {
      id: "shard.replica",
      severity: "block",
      faults,
      evidence: `each of ${count} shards has ${wanted} or more replicas`,
      advice: "bring the replica back, or attach an empty node with CLUSTER REPLICATE, and wait until it is in step",
    },
    {
      id: "replica.chain",
      severity: "block",
      faults: strays,
      evidence: "every replica follows a primary",
      advice: "CLUSTER REPLICATE with the id of the shard's primary on the replica",
    },
    {
      id: "shard.count",
      severity: "warn",
      faults: primaries,
      evidence: `${count} primaries`,
      advice: "use 3, 5, 7 … shards",
    },
  ];
}
