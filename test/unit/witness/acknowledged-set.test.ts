import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAcknowledgedSet } from "../../../src/witness/acknowledged-set.js";

describe("the set of acknowledged keys", () => {
  it("holds exactly what was added, in any order and more than once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(70_000)), (indexes) => {
        const set = createAcknowledgedSet();
        for (const index of indexes) set.add(index);
        const expected = new Set(indexes);
        expect(set.size()).toBe(expected.size);
        for (const index of indexes) {
          expect(set.has(index)).toBe(true);
          expect(set.has(index + 1)).toBe(expected.has(index + 1));
        }
      }),
    );
  });

  it("knows the last bit of a word from its neighbours", () => {
    const set = createAcknowledgedSet();
    set.add(31);
    expect([30, 31, 32, 63].map((index) => set.has(index))).toEqual([false, true, false, false]);
  });

  it("has nothing beyond its end", () => {
    expect(createAcknowledgedSet().has(1_000_000)).toBe(false);
  });
});
