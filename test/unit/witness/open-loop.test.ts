import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startOpenLoop } from "../../../src/witness/open-loop.js";

describe("an open loop", () => {
  let clockMs = 0;
  let sent: { k: number; dueMs: number; sentMs: number }[] = [];
  let lags: number[] = [];
  let stop: () => void;

  /** Lets time pass; the loop gets no turn before it is over, as when the process was busy. */
  function pass(ms: number): void {
    clockMs += ms;
    vi.advanceTimersByTime(ms);
  }

  beforeEach(() => {
    vi.useFakeTimers();
    clockMs = 5000;
    sent = [];
    lags = [];
    stop = startOpenLoop((k, dueMs) => sent.push({ k, dueMs, sentMs: clockMs }), {
      ratePerSecond: 1000,
      now: () => clockMs,
      onLag: (lagMs) => lags.push(lagMs),
    });
  });

  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  it("sends the first command at once and then one a millisecond", () => {
    for (let ms = 0; ms < 10; ms += 1) pass(1);
    expect(sent.map(({ k }) => k)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(Math.max(...lags)).toBe(0);
  });

  it("sends after a pause all that was due in it, each with the time at which it was due", () => {
    pass(600);
    pass(1);
    expect(sent.map(({ dueMs }) => dueMs)).toEqual(Array.from({ length: 602 }, (_, k) => 5000 + k));
    expect(Math.max(...lags)).toBe(599);
  });

  it("catches up in turns, so that answers are read in between", () => {
    clockMs += 600;
    vi.advanceTimersToNextTimer();
    expect(sent).toHaveLength(1 + 256);
    vi.advanceTimersToNextTimer();
    expect(sent).toHaveLength(1 + 512);
  });

  it("sends nothing once it is stopped", () => {
    pass(5);
    const count = sent.length;
    stop();
    pass(50);
    expect(sent).toHaveLength(count);
  });
});
