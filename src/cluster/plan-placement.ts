import { chooseCandidates } from "./choose-candidates.js";
import { formatSlots } from "./slots.js";
import { countSpread, findPlaces, majorityOf, type PlacedNode, type PlaceOf, type Spread } from "./spread.js";
import { type Mover, spreadEvenly } from "./spread-evenly.js";
import type { Placement, Shard, SlotRange, Topology } from "./types.js";

/** One primary gives its slots to one of its replicas. */
export interface PlannedHandover {
  readonly slots: readonly SlotRange[];
  readonly from: Placement;
  readonly to: Placement;
  /** How full both places are at that moment. */
  readonly reason: string;
}

/** Which replicas are to take over so that the primaries stand apart. */
export interface PlacementPlan {
  /** In the order in which they are made: off the fullest place first. */
  readonly handovers: readonly PlannedHandover[];
  readonly before: Spread;
  readonly after: Spread;
  /** What hand-overs alone cannot better, a sentence each. */
  readonly limits: readonly string[];
}

/** A shard whose primary stands where somebody knows. */
interface Seat {
  readonly slots: readonly SlotRange[];
  readonly home: Placement;
  /** Where a replica stands that may take over, one for each other host. */
  readonly elsewhere: readonly Placement[];
  /** Why replicas may not. */
  readonly rejected: readonly string[];
}

/**
 * Plans who is to be primary: no host with a majority of the primaries, then no zone, then as even as possible over the hosts,
 * then over the zones; with the fewest hand-overs. Planning again on the outcome gives none. A host stands in one zone: the
 * first that any of its pods names.
 * @param placed where each node stands; nobody takes over whose place is not known
 */
export function planPlacement(topology: Topology, placed: readonly PlacedNode[]): PlacementPlan {
  const { placeOf, places } = findPlaces(placed);
  const shards = topology.shards.filter(({ slots }) => slots.length > 0);
  const seats = shards.flatMap((shard) => readSeat(topology, shard, placeOf));
  const chosen = choosePlaces(seats, places, shards.length);
  const unknown = new Array<undefined>(shards.length - seats.length).fill(undefined);
  const before = countSpread([...seats.map(({ home }) => home), ...unknown], places);
  const after = countSpread([...chosen, ...unknown], places);
  const moves = seats.flatMap((seat, index) => {
    const to = chosen[index];
    return to && to !== seat.home ? [{ slots: seat.slots, from: seat.home, to }] : [];
  });
  const limits = [...limitsOf("host", { seats, chosen, after }), ...limitsOf("zone", { seats, chosen, after })];
  return { handovers: order(moves, before), before, after, limits };
}

function readSeat(topology: Topology, { primary, replicas, slots }: Shard, placeOf: PlaceOf): Seat[] {
  const home = placeOf(primary);
  if (!home) return [];
  const placeById = new Map(replicas.map((replica) => [replica.id, placeOf(replica)]));
  const { chosen, rejected } = chooseCandidates({
    // Where other primaries stand is judged for all shards together.
    topology: { ...topology, nodes: [primary, ...replicas] },
    primaryId: primary.id,
    placementOf: (id) => placeById.get(id),
    stoppingIds: [],
  });
  const elsewhere = new Map<string, Placement>();
  for (const { nodeId } of chosen) {
    const place = placeById.get(nodeId);
    if (place && place.host !== "" && place.host !== home.host && !elsewhere.has(place.host))
      elsewhere.set(place.host, place);
  }
  return [{ slots, home, elsewhere: [...elsewhere.values()], rejected: rejected.map(({ reason }) => reason) }];
}

/** @returns the place of each seat's primary */
function choosePlaces(seats: readonly Seat[], places: readonly Placement[], total: number): readonly Placement[] {
  const zoneByHost = new Map<string, string>();
  for (const { host, zone } of places) zoneByHost.set(host, zoneByHost.get(host) || zone);
  const hosts = new Map([...zoneByHost.keys()].map((host, index) => [host, index]));
  const zones = new Map([...new Set(zoneByHost.values())].map((zone, index) => [zone, index]));
  const hostIndex = ({ host }: Placement): number => hosts.get(host) ?? 0;
  const movers = seats.map(({ home, elsewhere }): Mover => ({
    home: hostIndex(home),
    elsewhere: elsewhere.map(hostIndex),
  }));
  const zoneOf = [...zoneByHost.values()].map((zone) => zones.get(zone) ?? 0);
  const standing = spreadEvenly(movers, { zoneOf, total });
  return seats.map(
    ({ home, elsewhere }, index) => elsewhere.find((place) => hostIndex(place) === standing[index]) ?? home,
  );
}

type Move = Omit<PlannedHandover, "reason">;

/** Off the fullest host to the emptiest first, so that what is interrupted has done the most that it could. */
function order(moves: readonly Move[], { primaries, hosts, zones }: Spread): PlannedHandover[] {
  const held = { host: new Map(hosts), zone: new Map(zones) };
  const left = [...moves];
  const ordered: PlannedHandover[] = [];
  const gain = ({ from, to }: Move): number => (held.host.get(from.host) ?? 0) - (held.host.get(to.host) ?? 0);
  while (left.length > 0) {
    const next = left.reduce((best, move) => (gain(move) > gain(best) ? move : best));
    left.splice(left.indexOf(next), 1);
    const { from, to } = next;
    const said: string[] = [];
    for (const what of ["host", "zone"] as const) {
      const [full, empty] = [held[what].get(from[what]) ?? 0, held[what].get(to[what]) ?? 0];
      if (full > 1 && full > empty)
        said.push(`${what} ${from[what]} holds ${full} of ${primaries} primaries, ${to[what]} ${empty}`);
      held[what].set(from[what], full - 1);
      held[what].set(to[what], (held[what].get(to[what]) ?? 0) + 1);
    }
    ordered.push({
      ...next,
      reason: said.join("; ") || `host ${from.host} has to make room for the primary of another shard`,
    });
  }
  return ordered;
}

/** A majority that stays, and which shards nobody elsewhere can take over. */
function limitsOf(
  what: "host" | "zone",
  { seats, chosen, after }: { seats: readonly Seat[]; chosen: readonly Placement[]; after: Spread },
): string[] {
  const held = what === "host" ? after.hosts : after.zones;
  return [...held]
    .filter(([, count]) => count >= majorityOf(after.primaries))
    .map(([place, count]) => {
      const stuck = seats
        .filter((_, index) => chosen[index]?.[what] === place)
        .filter(({ elsewhere }) => elsewhere.every((other) => other[what] === place))
        .map(
          ({ slots, rejected }) => `${formatSlots(slots)}${rejected.length === 0 ? "" : ` (${rejected.join("; ")})`}`,
        );
      const why = stuck.length === 0 ? "" : `: no replica elsewhere can take over ${stuck.join(", ")}`;
      return `${what} ${place} keeps ${count} of ${after.primaries} primaries, which hand-overs alone cannot better${why}`;
    });
}
