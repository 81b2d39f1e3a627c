import { keySlot } from "../../cluster/key-slot.js";
import type { SlotRange } from "../../cluster/types.js";

/** Finds hash tags by the slot that they lie in. */
export interface SlotTags {
  /** A tag whose slot is in the range; the same one as long as the range holds its slot. */
  tagIn(range: SlotRange): string;
}

/**
 * Tries numbers until one falls into the range. Every slot that is met on the way is remembered, so a cluster of many small
 * ranges costs no more than one search through all slots.
 */
export function createSlotTags(): SlotTags {
  const known = new Map<number, string>();
  let next = 0;
  return {
    tagIn({ start, end }) {
      for (const [slot, tag] of known) if (slot >= start && slot <= end) return tag;
      for (;;) {
        const tag = String(next);
        next += 1;
        const slot = keySlot(tag);
        if (!known.has(slot)) known.set(slot, tag);
        if (slot >= start && slot <= end) return tag;
      }
    },
  };
}
