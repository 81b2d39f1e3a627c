import { formatPlace } from "../format-node.js";
import type { Placement, Topology, TopologyNode } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** Where the nodes stand. Blocks only where a better placement is possible with the hosts and zones that there are. */
export function checkPlacement({ topology, facts }: Observed): CheckResult[] {
  const places = new Map(
    facts.flatMap((fact) => (fact.placement ? [[formatPlace(fact), fact.placement] as const] : [])),
  );
  if (places.size === 0) return [];
  const placeOf = (node: TopologyNode): Placement | undefined => places.get(formatPlace(node));
  const hosts = new Set([...places.values()].map((place) => place.host));
  const zones = new Set([...places.values()].map((place) => place.zone));
  return [
    {
      id: "placement.shard",
      severity: "block",
      faults: topology.shards.flatMap((shard) =>
        shard.replicas.flatMap((replica) => shared(shard.primary, replica, { placeOf, hosts, zones })),
      ),
      evidence: `no replica shares the host of its primary (${hosts.size} hosts, ${zones.size} zones)`,
      advice: "move one of both pods to another host, or let the replica follow a primary on another host",
    },
    {
      id: "placement.majority",
      severity: "block",
      faults: [
        ...majority(topology, hosts.size, { name: "host", of: (node) => placeOf(node)?.host }),
        ...majority(topology, zones.size, { name: "zone", of: (node) => placeOf(node)?.zone }),
      ],
      evidence: "no host and no zone holds a majority of the primaries",
      advice: "hand a primary over to a replica on another host: with a majority of them lost, nobody can elect",
    },
  ];
}

interface Places {
  readonly placeOf: (node: TopologyNode) => Placement | undefined;
  readonly hosts: ReadonlySet<string>;
  readonly zones: ReadonlySet<string>;
}

function shared(primary: TopologyNode, replica: TopologyNode, { placeOf, hosts, zones }: Places): Fault[] {
  const own = placeOf(replica);
  const other = placeOf(primary);
  if (!own || !other) return [];
  const subject = formatPlace(replica);
  if (own.host === other.host) {
    const evidence = `${subject} is on host ${own.host}, as is its primary ${formatPlace(primary)}`;
    return [{ subject, evidence, severity: hosts.size > 1 ? "block" : "warn" }];
  }
  // A zone is lost far more seldom than a host; where there is only one, nothing can be done.
  return own.zone === other.zone && zones.size > 1
    ? [
        {
          subject,
          evidence: `${subject} is in zone ${own.zone}, as is its primary ${formatPlace(primary)}`,
          severity: "warn",
        },
      ]
    : [];
}

function majority(
  topology: Topology,
  count: number,
  where: { readonly name: string; readonly of: (node: TopologyNode) => string | undefined },
): Fault[] {
  const primaries = topology.nodes.filter((node) => node.role === "primary" && node.slots.length > 0);
  const needed = Math.floor(primaries.length / 2) + 1;
  const at = new Map<string, number>();
  for (const node of primaries) {
    const place = where.of(node);
    if (place !== undefined) at.set(place, (at.get(place) ?? 0) + 1);
  }
  // The fullest of `count` places holds this many at least, however they are spread.
  const avoidable = Math.ceil(primaries.length / count) < needed;
  return [...at]
    .filter(([, held]) => held >= needed)
    .map(([place, held]) => ({
      subject: place,
      evidence: `${where.name} ${place} holds ${held} of ${primaries.length} primaries${avoidable ? "" : `; with ${count} ${where.name}${count === 1 ? "" : "s"} it cannot be better`}`,
      severity: avoidable ? "block" : "warn",
    }));
}
