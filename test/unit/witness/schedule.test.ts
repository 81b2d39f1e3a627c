import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueAtMs, dueCount } from "../../../src/witness/schedule.js";

describe("the schedule of an open loop", () => {
  it("is due by the clock alone: 2000 per second is one every half millisecond", () => {
    expect(dueAtMs(0, 2000)).toBe(0);
    expect(dueAtMs(1, 2000)).toBe(0.5);
    expect(dueAtMs(10_000, 2000)).toBe(5000);
  });

  it("has the first command due at once and none before the start", () => {
    expect(dueCount(-0.1, 2000)).toBe(0);
    expect(dueCount(0, 2000)).toBe(1);
    expect(dueCount(0.49, 2000)).toBe(1);
    expect(dueCount(0.5, 2000)).toBe(2);
  });

  it("makes up for a pause in full: after a second without a turn, a second's commands are due", () => {
    expect(dueCount(1000, 2000)).toBe(2001);
  });

  it("counts exactly the commands whose time has come, at any rate", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 3_600_000, noNaN: true }),
        fc.double({ min: 0.01, max: 100_000, noNaN: true }),
        (elapsedMs, rate) => {
          const count = dueCount(elapsedMs, rate);
          expect(dueAtMs(count - 1, rate)).toBeLessThanOrEqual(elapsedMs);
          expect(dueAtMs(count + 1, rate)).toBeGreaterThan(elapsedMs);
        },
      ),
    );
  });
});
