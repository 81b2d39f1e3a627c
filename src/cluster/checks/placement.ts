import { formatPlace } from "../format-node.js";
import { countSpread, findPlaces, majorityOf, type PlaceOf, type Spread } from "../spread.js";
import type { TopologyNode } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/**
 * What is found here is no fault of a change that was just made: elections put primaries where they like, only further hand-overs
 * would move them, and taking the change back would not mend it. It is told, and blocks the next change.
 */
export const PLACEMENT_CHECKS = ["placement.shard", "placement.majority"] as const;

/** Where the nodes stand. Blocks only where a better placement is possible with the hosts and zones that there are. */
export function checkPlacement({ topology, facts }: Observed): CheckResult[] {
  const { placeOf, places } = findPlaces(facts);
  if (places.length === 0) return [];
  const primaries = topology.nodes.filter((node) => node.role === "primary" && node.slots.length > 0);
  const spread = countSpread(primaries.map(placeOf), places);
  const [hosts, zones] = [spread.hosts.size, spread.zones.size];
  return [
    {
      id: "placement.shard",
      severity: "block",
      faults: topology.shards.flatMap((shard) =>
        shard.replicas.flatMap((replica) => shared(shard.primary, replica, { placeOf, hosts, zones })),
      ),
      evidence: `no replica shares the host of its primary (${hosts} hosts, ${zones} zones)`,
      advice: "move one of both pods to another host, or let the replica follow a primary on another host",
    },
    {
      id: "placement.majority",
      severity: "block",
      faults: [...majority(spread, "host"), ...majority(spread, "zone")],
      evidence: "no host and no zone holds a majority of the primaries",
      advice:
        "evenkeel place --execute hands primaries over to replicas elsewhere: with a majority of them lost, nobody can elect",
    },
  ];
}

interface Places {
  readonly placeOf: PlaceOf;
  /** How many there are. */
  readonly hosts: number;
  readonly zones: number;
}

function shared(primary: TopologyNode, replica: TopologyNode, { placeOf, hosts, zones }: Places): Fault[] {
  const own = placeOf(replica);
  const other = placeOf(primary);
  if (!own || !other) return [];
  const subject = formatPlace(replica);
  if (own.host === other.host) {
    const evidence = `${subject} is on host ${own.host}, as is its primary ${formatPlace(primary)}`;
    return [{ subject, evidence, severity: hosts > 1 ? "block" : "warn" }];
  }
  // A zone is lost far more seldom than a host; where there is only one, nothing can be done.
  return own.zone === other.zone && zones > 1
    ? [
        {
          subject,
          evidence: `${subject} is in zone ${own.zone}, as is its primary ${formatPlace(primary)}`,
          severity: "warn",
        },
      ]
    : [];
}

function majority(spread: Spread, what: "host" | "zone"): Fault[] {
  const { primaries } = spread;
  const held = what === "host" ? spread.hosts : spread.zones;
  const needed = majorityOf(primaries);
  // The fullest of so many places holds this many at least, however they are spread.
  const avoidable = Math.ceil(primaries / held.size) < needed;
  return [...held]
    .filter(([, count]) => count >= needed)
    .map(([place, count]) => ({
      subject: place,
      evidence: `${what} ${place} holds ${count} of ${primaries} primaries${avoidable ? "" : `; with ${held.size} ${what}${held.size === 1 ? "" : "s"} it cannot be better`}`,
      severity: avoidable ? "block" : "warn",
    }));
}
