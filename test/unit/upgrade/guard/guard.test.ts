import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WitnessWindow } from "../../../../src/ports/witness.js";
import { createGuard, type GuardObservation } from "../../../../src/upgrade/guard/guard.js";
import { addInput, initialState } from "../../../../src/upgrade/guard/guard-state.js";
import { judge } from "../../../../src/upgrade/guard/judge.js";
import { DEFAULT_POLICY } from "../../../../src/upgrade/policy/policy.js";
import { failing, observationOf, times, WINDOW_MS, windowOf, windows } from "./inputs.js";

/** A clock that a test sets. */
function setClock(nowMs = 0) {
  const clock = { nowMs, now: () => clock.nowMs };
  return clock;
}

const policy = DEFAULT_POLICY;
const FAR = 1_000_000;

/** A guard that hears the windows of one load as they end. */
function watching(startMs = FAR) {
  const clock = setClock(startMs);
  const guard = createGuard({ policy, clock });
  const hear = (...each: readonly Partial<WitnessWindow>[]) => {
    for (const window of windows(...each)) {
      clock.nowMs += WINDOW_MS;
      guard.addWindow(window);
    }
  };
  return { clock, guard, hear };
}

describe("a guard", () => {
  it("puts the windows of a load on its own clock", () => {
    const { clock, guard, hear } = watching();
    hear(...times(10, {}));
    expect(guard.verdict()).toEqual({ kind: "ok" });
    clock.nowMs += 5001;
    expect(guard.verdict()).toMatchObject({ kind: "inconclusive", limit: "silence" });
  });

  it("is not misled by windows that arrive late and all at once", () => {
    const { clock, guard } = watching();
    clock.nowMs += 10_000;
    for (const window of windows(...times(40, {}))) guard.addWindow(window);
    clock.nowMs += 4900;
    expect(guard.verdict()).toEqual({ kind: "ok" });
  });

  it("takes a window that arrives late for as old as it is", () => {
    const { clock, guard, hear } = watching();
    hear(...times(10, {}));
    clock.nowMs += 4000;
    guard.addWindow(windowOf({ atMs: 10 * WINDOW_MS }));
    clock.nowMs += 1500;
    expect(guard.verdict()).toMatchObject({ kind: "inconclusive", limit: "silence" });
  });

  it("has patience with a witness that starts, but not for more than a minute", () => {
    const { clock, guard } = watching();
    clock.nowMs += 59_000;
    expect(guard.verdict()).toEqual({ kind: "ok" });
    clock.nowMs += 2000;
    expect(guard.verdict()).toMatchObject({ kind: "inconclusive", limit: "silence" });
  });

  it("expects the silence of a witness that was stopped, until the next one was heard", () => {
    const { clock, guard, hear } = watching();
    hear(...times(10, {}));
    guard.pauseWitness();
    // The load that ends tells its last window.
    clock.nowMs += WINDOW_MS;
    guard.addWindow(windowOf({ atMs: 10 * WINDOW_MS }));
    clock.nowMs += 30_000;
    expect(guard.verdict()).toEqual({ kind: "ok" });
    hear({}, {});
    expect(guard.verdict()).toEqual({ kind: "ok" });
    clock.nowMs += 5001;
    expect(guard.verdict()).toMatchObject({ kind: "inconclusive", limit: "silence" });
  });

  it("gives up a witness that was stopped and did not come again within a minute", () => {
    const { clock, guard, hear } = watching();
    hear({});
    guard.pauseWitness();
    clock.nowMs += 60_001;
    expect(guard.verdict()).toMatchObject({ kind: "inconclusive", limit: "silence" });
  });

  it("remembers failures of a load that is over", () => {
    const { guard, hear } = watching();
    hear({}, failing("ioredis", { timeout: 1 }));
    guard.pauseWitness();
    hear(...times(100, {}));
    expect(guard.verdict()).toMatchObject({ kind: "hard", limit: "failed-commands" });
  });

  it("without a witness judges the looks alone", () => {
    const clock = setClock();
    const guard = createGuard({ policy, clock, witnessed: false });
    guard.addObservation(observationOf({ atMs: 0 }));
    expect(guard.verdict()).toEqual({ kind: "ok" });
    guard.addObservation(observationOf({ atMs: 1, canaryLost: 2 }));
    expect(guard.verdict()).toMatchObject({ reason: "2 canary keys lost an acknowledged write > 0" });
  });
});

const anyWindow = fc.record({
  commands: fc.constantFrom(0, 50),
  p99Ms: fc.constantFrom(2, 251, 500),
  maxMs: fc.constantFrom(3, 600, 1001),
  oldestPendingMs: fc.constantFrom(0, 300, 1500),
  selfLagMs: fc.constantFrom(1, 300),
});
const anyLook = fc.record({
  clusterOk: fc.boolean(),
  lagBytes: fc.constantFrom(0, 2 ** 25),
  unreachable: fc.subarray(["a", "b"]),
});

describe("in any run", () => {
  it("the guard that collects says what a judge of everything says", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyWindow, anyLook), { minLength: 1, maxLength: 60 }), (seen) => {
        const clock = setClock();
        const guard = createGuard({ policy, clock });
        const all = windows(...seen.map(([window]) => window));
        const observations: GuardObservation[] = [];
        for (const [index, window] of all.entries()) {
          clock.nowMs = window.atMs + WINDOW_MS;
          guard.addWindow(window);
          const look = observationOf({ ...seen[index]?.[1], atMs: clock.nowMs });
          observations.push(look);
          guard.addObservation(look);
        }
        const expected = judge({ windows: all, observations, nowMs: clock.nowMs, policy, sinceMs: 0 });
        // Only the guard has patience with a witness that starts.
        fc.pre(!("limit" in expected && expected.limit === "silence"));
        expect(guard.verdict()).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it("what the guard keeps does not grow with time", () => {
    const sizeAfter = (count: number): number => {
      const inputs = windows(...times(count, failing("ioredis", { timeout: 1, MOVED: 1 })));
      const state = inputs.reduce(
        (before, window) => addInput(before, { kind: "window", window, endMs: window.atMs + WINDOW_MS }, policy),
        initialState(0),
      );
      return JSON.stringify(state).length;
    };
    expect(sizeAfter(20_000)).toBeLessThan(sizeAfter(100) + 100);
  });
});
