import type { Placement } from "../../../cluster/types.js";

export interface NewPod {
  readonly pod: string;
  readonly ordinal: number;
}

/** Pods that the new one is to be kept apart from. */
export interface ShardPlaces {
  readonly primary: Placement;
  readonly replicas: readonly Placement[];
}

const count = <T>(list: readonly T[], matches: (each: T) => boolean): number => list.filter(matches).length;

function leastUsedZone(placements: readonly Placement[], { primary, replicas }: ShardPlaces): string {
  const weight = (zone: string): number =>
    Number(zone === primary.zone) * 10_000 +
    count(replicas, (each) => each.zone === zone) * 100 +
    count(placements, (each) => each.zone === zone);
  const zones = [...new Set(placements.map(({ zone }) => zone))];
  return zones.toSorted((a, b) => weight(a) - weight(b) || a.localeCompare(b))[0] ?? "";
}

/**
 * Where one more replica stands: not with its primary, then not with the shard's other replicas, in another zone, where there
 * are fewest pods. Where every pod is a host of its own, the new one is too.
 */
export function choosePlacement(placements: readonly Placement[], shard: ShardPlaces, pod: NewPod): Placement {
  const hosts = new Set(placements.map(({ host }) => host));
  if (hosts.size === placements.length) {
    return { pod: pod.pod, host: `host-${pod.ordinal}`, zone: leastUsedZone(placements, shard) };
  }
  const { primary, replicas } = shard;
  const weight = ({ host, zone }: Placement): number =>
    Number(host === primary.host) * 1e9 +
    count(replicas, (each) => each.host === host) * 1e7 +
    Number(zone === primary.zone) * 1e5 +
    count(replicas, (each) => each.zone === zone) * 1e3 +
    count(placements, (each) => each.host === host);
  const [best] = placements.toSorted((a, b) => weight(a) - weight(b));
  return { pod: pod.pod, host: best?.host ?? primary.host, zone: best?.zone ?? primary.zone };
}
