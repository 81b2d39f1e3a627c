import { SLOTS } from "./constants.js";
import { slotSignature } from "./slots.js";
import type { NodeEntry, SlotRange, View } from "./types.js";

/** What a view claims of one node's slots. */
interface Claim {
  readonly id: string;
  readonly epoch: number;
  readonly slots: readonly SlotRange[];
}

/**
 * The slot map of several views: each slot belongs to the node that is named for it with the highest config epoch, which is
 * the rule of the engines themselves.
 * @returns node id -> its slots
 */
export function mergeSlotMaps(views: readonly View[]): ReadonlyMap<string, readonly SlotRange[]> {
  const maps = new Map<string, readonly NodeEntry[]>();
  for (const view of views) {
    const owners = view.nodes.filter((node) => node.slots.length > 0);
    maps.set(slotSignature(owners), owners);
  }
  const [only] = maps.values();
  // Nearly always all views agree: then there is nothing to decide slot by slot.
  if (maps.size <= 1) return new Map((only ?? []).map((node) => [node.id, node.slots]));
  return decide(views.flatMap((view) => view.nodes.filter((node) => node.slots.length > 0).map(toClaim)));
}

const toClaim = (node: NodeEntry): Claim => ({ id: node.id, epoch: node.configEpoch, slots: node.slots });

function decide(claims: readonly Claim[]): ReadonlyMap<string, readonly SlotRange[]> {
  const owner: (string | undefined)[] = Array.from({ length: SLOTS });
  // The highest epoch is written last and stays; of equal ones the lower id, so that the answer does not depend on who was asked first.
  for (const { id, slots } of claims.toSorted((a, b) => a.epoch - b.epoch || b.id.localeCompare(a.id))) {
    for (const { start, end } of slots) owner.fill(id, start, end + 1);
  }
  const merged = new Map<string, SlotRange[]>();
  for (let start = 0; start < SLOTS;) {
    const id = owner[start];
    let end = start;
    while (end + 1 < SLOTS && owner[end + 1] === id) end += 1;
    if (id !== undefined) merged.set(id, [...(merged.get(id) ?? []), { start, end }]);
    start = end + 1;
  }
  return merged;
}
