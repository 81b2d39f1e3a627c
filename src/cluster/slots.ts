import { SLOTS } from "./constants.js";
import type { SlotRange } from "./types.js";

/** Number of slots in the ranges. */
export function countSlots(ranges: readonly SlotRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
}

/** As an engine writes them: `0-100 200 300-400`; `none` when there is none. */
export function formatSlots(ranges: readonly SlotRange[]): string {
  if (ranges.length === 0) return "none";
  return mergeRanges(ranges)
    .map(({ start, end }) => (start === end ? String(start) : `${start}-${end}`))
    .join(" ");
}

/** Sorted, with neighbours and overlaps made one. */
export function mergeRanges(ranges: readonly SlotRange[]): SlotRange[] {
  const merged: SlotRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = merged.at(-1);
    if (last && range.start <= last.end + 1) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else {
      merged.push({ start: range.start, end: range.end });
    }
  }
  return merged;
}

/** True when both name the same slots, however they are written. */
export function sameSlots(a: readonly SlotRange[], b: readonly SlotRange[]): boolean {
  return formatSlots(a) === formatSlots(b);
}

/** The slots of `ranges` that are not in `without`. */
export function subtractSlots(ranges: readonly SlotRange[], without: readonly SlotRange[]): SlotRange[] {
  const taken = mergeRanges(without);
  return mergeRanges(ranges).flatMap((range) => {
    const rest: SlotRange[] = [];
    let { start } = range;
    for (const cut of taken) {
      if (cut.end < start || cut.start > range.end) continue;
      if (cut.start > start) rest.push({ start, end: cut.start - 1 });
      start = cut.end + 1;
    }
    if (start <= range.end) rest.push({ start, end: range.end });
    return rest;
  });
}

/** All slots of a cluster as even ranges, one a shard: the same split as that of `redis-cli --cluster create`. */
export function splitSlots(shards: number): SlotRange[] {
  const size = SLOTS / shards;
  let start = 0;
  return Array.from({ length: shards }, (_, index) => {
    const end = index === shards - 1 ? SLOTS - 1 : Math.round(size * (index + 1) - 1);
    const range = { start, end };
    start = end + 1;
    return range;
  });
}

/** A node with slots, as a `NodeEntry` and a `TopologyNode` both are. */
interface Owner {
  readonly id: string;
  readonly slots: readonly SlotRange[];
}

/** Slot -> id of its owner; undefined where no node owns it. */
export function slotOwners(nodes: readonly Owner[]): (string | undefined)[] {
  const owners = Array.from<string | undefined>({ length: SLOTS });
  for (const { id, slots } of nodes) for (const { start, end } of slots) owners.fill(id, start, end + 1);
  return owners;
}

/** The slots without an owner. */
export function uncoveredSlots(nodes: readonly Owner[]): SlotRange[] {
  return subtractSlots(
    [{ start: 0, end: SLOTS - 1 }],
    nodes.flatMap((node) => node.slots),
  );
}

/** Equal slot maps have equal signatures, in whatever order the nodes were listed: `0-5460:id,5461-…:id`. */
export function slotSignature(nodes: readonly Owner[]): string {
  return nodes
    .flatMap(({ id, slots }) => mergeRanges(slots).map(({ start, end }) => ({ id, start, end })))
    .toSorted((a, b) => a.start - b.start || a.id.localeCompare(b.id))
    .map(({ id, start, end }) => `${start}-${end}:${id}`)
    .join(",");
}
