import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { keySlot } from "../../../src/cluster/key-slot.js";
import {
  countSlots,
  formatSlots,
  slotOwners,
  slotSignature,
  splitSlots,
  subtractSlots,
  uncoveredSlots,
} from "../../../src/cluster/slots.js";

describe("splitSlots", () => {
  it("splits as redis-cli --cluster create does", () => {
    expect(splitSlots(3)).toEqual([
      { start: 0, end: 5460 },
      { start: 5461, end: 10922 },
      { start: 10923, end: 16383 },
    ]);
    expect(splitSlots(5).map(({ end }) => end)).toEqual([3276, 6553, 9829, 13106, 16383]);
  });

  it("gives every slot to one shard, and no shard more than one slot more than another", () => {
    assert(
      property(integer({ min: 1, max: 200 }), (shards) => {
        const ranges = splitSlots(shards);
        const sizes = ranges.map((range) => countSlots([range]));
        expect(uncoveredSlots([{ id: "x", slots: ranges }])).toEqual([]);
        expect(countSlots(ranges)).toBe(16384);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });
});

describe("slot maps", () => {
  const a = {
    id: "a",
    slots: [
      { start: 0, end: 10 },
      { start: 20, end: 20 },
    ],
  };
  const b = { id: "b", slots: [{ start: 11, end: 19 }] };

  it("have the same signature in any order and in any pieces", () => {
    const pieces = {
      id: "a",
      slots: [
        { start: 20, end: 20 },
        { start: 5, end: 10 },
        { start: 0, end: 4 },
      ],
    };
    expect(slotSignature([b, pieces])).toBe(slotSignature([a, b]));
    expect(slotSignature([{ ...a, id: "b" }, b])).not.toBe(slotSignature([a, b]));
  });

  it("name the owner of every slot", () => {
    const owners = slotOwners([a, b]);
    expect([owners[0], owners[15], owners[20], owners[21]]).toEqual(["a", "b", "a", undefined]);
  });

  it("are written as engines write them", () => {
    expect(formatSlots(a.slots)).toBe("0-10 20");
    expect(formatSlots([])).toBe("none");
  });

  it("subtract", () => {
    expect(
      subtractSlots(
        [{ start: 0, end: 10 }],
        [
          { start: 3, end: 4 },
          { start: 9, end: 20 },
        ],
      ),
    ).toEqual([
      { start: 0, end: 2 },
      { start: 5, end: 8 },
    ]);
  });
});

describe("keySlot", () => {
  // Answers of CLUSTER KEYSLOT of a Redis 7.0.15.
  it.each([
    ["foo", 12182],
    ["{user1000}.following", 3443],
    ["foo{}{bar}", 8363],
    ["foo{{bar}}zap", 4015],
    ["foo{bar}{zap}", 5061],
    ["", 0],
    ["köln", 4651],
    ["123456789", 12739],
  ])("of %j is %i", (key, slot) => {
    expect(keySlot(key)).toBe(slot);
  });
});
