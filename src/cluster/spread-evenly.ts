import { majorityOf } from "./spread.js";

/** One that stands on a host and may stand on others. */
export interface Mover {
  /** Index of the host where it stands. */
  readonly home: number;
  /** Indexes of the hosts where it may stand too. */
  readonly elsewhere: readonly number[];
}

/** The hosts, by index. */
export interface Ground {
  /** Index of each host's zone. */
  readonly zoneOf: readonly number[];
  /** How many are spread in all, also those that cannot move and stand nobody knows where. */
  readonly total: number;
}

/** A step of a round trip: one moves from host to host, or one more (fewer) is counted on a host or in a zone. */
interface Arc {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
  /** Who moves; undefined where something is only counted. */
  readonly mover?: number;
}

/** What each kind of change weighs: one of a kind outweighs all that a round trip can change of the kinds after it. */
interface Weights {
  readonly hostMajority: number;
  readonly zoneMajority: number;
  readonly host: number;
  readonly zone: number;
}

/**
 * Chooses a host for each mover: least beyond a majority on any host, then in any zone; then as even as possible over the
 * hosts, then over the zones; then with the fewest that leave their home. Exact: it is a flow of least cost from movers through
 * hosts and zones, where every further one on the same place costs more, and such a flow is best when no round trip betters it.
 * @returns the index of the host of each mover
 */
export function spreadEvenly(movers: readonly Mover[], ground: Ground): number[] {
  const standing = movers.map(({ home }) => home);
  for (;;) {
    const trip = findBetterTrip(listArcs(movers, standing, ground), ground);
    if (trip.length === 0) return standing;
    for (const { mover, to } of trip) if (mover !== undefined) standing[mover] = to;
  }
}

const zonesOf = ({ zoneOf }: Ground): number => Math.max(-1, ...zoneOf) + 1;

function weigh({ total }: Ground, zones: number): Weights {
  // A round trip passes each zone once, and so changes the count of at most two hosts in each.
  const zone = total + 1;
  const host = (2 * total + 1) * zone + total + 1;
  const zoneMajority = 2 * (zones + 1) * (2 * total + 1) * host;
  return { hostMajority: 3 * zoneMajority, zoneMajority, host, zone };
}

/**
 * Points are hosts, then zones, then one outside. Sums of squares are least where all are even: the n-th on a place costs
 * 2n - 1.
 */
function listArcs(movers: readonly Mover[], standing: readonly number[], ground: Ground): Arc[] {
  const { zoneOf, total } = ground;
  const zones = zonesOf(ground);
  const weights = weigh(ground, zones);
  const needed = majorityOf(total);
  const onHost = new Array<number>(zoneOf.length).fill(0);
  const inZone = new Array<number>(zones).fill(0);
  for (const host of standing) {
    const zone = zoneOf[host] ?? 0;
    onHost[host] = (onHost[host] ?? 0) + 1;
    inZone[zone] = (inZone[zone] ?? 0) + 1;
  }
  const outside = zoneOf.length + zones;
  const hostCost = costs(weights.host, weights.hostMajority, needed);
  const zoneCost = costs(weights.zone, weights.zoneMajority, needed);
  const hostArcs = onHost.map((held, host) => counted(host, zoneOf.length + (zoneOf[host] ?? 0), held, hostCost));
  const zoneArcs = inZone.map((held, zone) => counted(zoneOf.length + zone, outside, held, zoneCost));
  // In the order of a round trip, so that most are found in two passes.
  return [
    ...cheapestMoves(movers, standing, zoneOf.length),
    ...hostArcs.map(({ more }) => more),
    ...zoneArcs.map(({ more }) => more),
    ...zoneArcs.flatMap(({ fewer }) => fewer),
    ...hostArcs.flatMap(({ fewer }) => fewer),
  ];
}

/** What the n-th on a place costs. */
const costs =
  (each: number, beyond: number, needed: number) =>
  (nth: number): number =>
    (2 * nth - 1) * each + (nth >= needed ? beyond : 0);

/** One more on a place, and one fewer where there is one. */
function counted(
  from: number,
  to: number,
  held: number,
  costOf: (nth: number) => number,
): { readonly more: Arc; readonly fewer: readonly Arc[] } {
  return {
    more: { from, to, cost: costOf(held + 1) },
    fewer: held === 0 ? [] : [{ from: to, to: from, cost: -costOf(held) }],
  };
}

/** Of those that could make the same move, the first that comes home by it or is away already, where there is one. */
function cheapestMoves(movers: readonly Mover[], standing: readonly number[], hosts: number): Iterable<Arc> {
  const moves = new Map<number, Arc>();
  for (const [mover, { home, elsewhere }] of movers.entries()) {
    const from = standing[mover] ?? home;
    for (const to of [home, ...elsewhere]) {
      if (to === from) continue;
      const cost = Number(to !== home) - Number(from !== home);
      const known = moves.get(from * hosts + to);
      if (!known || cost < known.cost) moves.set(from * hosts + to, { from, to, cost, mover });
    }
  }
  return moves.values();
}

/** A round trip whose costs sum to less than nothing (Bellman and Ford); empty when there is none. */
function findBetterTrip(arcs: readonly Arc[], ground: Ground): readonly Arc[] {
  const points = ground.zoneOf.length + zonesOf(ground) + 1;
  const distance = new Array<number>(points).fill(0);
  const cameBy = new Array<Arc | undefined>(points).fill(undefined);
  for (let pass = 0; pass <= points; pass += 1) {
    let shorter = false;
    for (const arc of arcs) {
      const length = (distance[arc.from] ?? 0) + arc.cost;
      if (length >= (distance[arc.to] ?? 0)) continue;
      distance[arc.to] = length;
      cameBy[arc.to] = arc;
      shorter = true;
    }
    if (!shorter) return [];
    const trip = findRound(cameBy);
    if (trip.length > 0) return trip;
  }
  return [];
}

/** A round among the ways by which the points were reached; only one that is better than nothing can close. */
function findRound(cameBy: readonly (Arc | undefined)[]): readonly Arc[] {
  const seenFrom = new Array<number>(cameBy.length).fill(-1);
  for (const start of cameBy.keys()) {
    let point = start;
    while (seenFrom[point] === -1) {
      seenFrom[point] = start;
      const arc = cameBy[point];
      if (!arc) break;
      point = arc.from;
    }
    if (seenFrom[point] !== start || !cameBy[point]) continue;
    const trip: Arc[] = [];
    for (let at = point; trip.length === 0 || at !== point;) {
      const arc = cameBy[at];
      if (!arc) break;
      trip.push(arc);
      at = arc.from;
    }
    return trip;
  }
  return [];
}
