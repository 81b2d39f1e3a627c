import { countSpread, majorityOf } from "./spread.js";
import type { Placement } from "./types.js";

/** A pod that may become a primary. */
export interface Eligible {
  readonly ordinal: number;
  readonly placement: Placement;
}

/**
 * Chooses who become primaries beside those who are already: least beyond a majority on any host, then in any zone; then as
 * even as possible over the hosts, then over the zones; then the lowest ordinals. One after the other is exact here: each
 * further one on a host, and in the zone around it, costs more than the one before (a laminar convex cost).
 * @param count how many are needed; fewer come back when there are fewer pods
 * @returns in the order of their ordinals
 */
export function choosePrimaries<Pod extends Eligible>(
  pods: readonly Pod[],
  already: readonly Pod[],
  count: number,
): Pod[] {
  const needed = majorityOf(already.length + count);
  const placesOf = (some: readonly Pod[]): readonly Placement[] => some.map(({ placement }) => placement);
  const left = pods.filter((pod) => !already.includes(pod)).toSorted((a, b) => a.ordinal - b.ordinal);
  const chosen: Pod[] = [];
  while (chosen.length < count && left.length > 0) {
    const { hosts, zones } = countSpread(placesOf([...already, ...chosen]), placesOf(left));
    const costs = left.map(({ placement }) => {
      const [onHost, inZone] = [hosts.get(placement.host) ?? 0, zones.get(placement.zone) ?? 0];
      return [Number(onHost + 1 >= needed), Number(inZone + 1 >= needed), onHost, inZone];
    });
    const best = costs.reduce((least, cost, index) => (isLess(cost, costs[least] ?? cost) ? index : least), 0);
    chosen.push(...left.splice(best, 1));
  }
  return chosen.toSorted((a, b) => a.ordinal - b.ordinal);
}

/** By the first number in which both differ. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}
