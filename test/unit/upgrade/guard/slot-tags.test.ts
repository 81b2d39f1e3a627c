import * as fc from "fast-check";
import { expect, it } from "vitest";
import { keySlot } from "../../../../src/cluster/key-slot.js";
import { splitSlots } from "../../../../src/cluster/slots.js";
import { createSlotTags } from "../../../../src/upgrade/guard/slot-tags.js";

const slotOf = (tag: string): number => keySlot(`evenkeel:canary:{${tag}}`);

it("a tag lies in the range that it was asked for, however small", () => {
  const tags = createSlotTags();
  fc.assert(
    fc.property(fc.nat(16383), fc.nat(500), (start, length) => {
      const end = Math.min(16383, start + length);
      const slot = slotOf(tags.tagIn({ start, end }));
      expect(slot).toBeGreaterThanOrEqual(start);
      expect(slot).toBeLessThanOrEqual(end);
    }),
    { numRuns: 200 },
  );
});

it("a range has the same tag each time", () => {
  const tags = createSlotTags();
  const [first = { start: 0, end: 0 }, ...others] = splitSlots(3);
  const tag = tags.tagIn(first);
  for (const other of others) tags.tagIn(other);
  expect(tags.tagIn(first)).toBe(tag);
});

it("a thousand ranges are found in less than two seconds", () => {
  const tags = createSlotTags();
  const begin = performance.now();
  for (const range of splitSlots(1000)) tags.tagIn(range);
  expect(performance.now() - begin).toBeLessThan(2000);
});
