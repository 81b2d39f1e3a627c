import { formatPlace } from "./format-node.js";
import type { NodeFacts, Placement, TopologyNode } from "./types.js";

/** What is needed of a node, or of its pod, to know where it stands. */
export type PlacedNode = Pick<NodeFacts, "address" | "port" | "placement">;

/** Finds where a node stands; undefined where the platform does not tell. */
export type PlaceOf = (node: TopologyNode) => Placement | undefined;

/** How many primaries that own slots each host and each zone holds; those that hold none count 0. */
export interface Spread {
  readonly primaries: number;
  readonly hosts: ReadonlyMap<string, number>;
  readonly zones: ReadonlyMap<string, number>;
}

/** The places by node, as the platform tells them. */
export function findPlaces(placed: readonly PlacedNode[]): {
  readonly placeOf: PlaceOf;
  readonly places: readonly Placement[];
} {
  const at = new Map(placed.flatMap((one) => (one.placement ? [[formatPlace(one), one.placement] as const] : [])));
  return { placeOf: (node) => at.get(formatPlace(node)), places: [...at.values()] };
}

/** Whoever holds so many of the primaries takes the election with it when it is lost. */
export function majorityOf(primaries: number): number {
  return Math.floor(primaries / 2) + 1;
}

/**
 * Counts the primaries by host and zone.
 * @param standing where each primary stands; undefined where nobody knows
 * @param places every place that there is
 */
export function countSpread(standing: readonly (Placement | undefined)[], places: readonly Placement[]): Spread {
  const count = (key: "host" | "zone"): ReadonlyMap<string, number> => {
    const held = new Map(places.map((place) => [place[key], 0]));
    for (const place of standing) if (place) held.set(place[key], (held.get(place[key]) ?? 0) + 1);
    return held;
  };
  return { primaries: standing.length, hosts: count("host"), zones: count("zone") };
}
