import { describe, expect, it } from "vitest";
import { createTally } from "../../../src/witness/tally.js";
import { createWindowTally } from "../../../src/witness/window-tally.js";

describe("the tally of a run", () => {
  it("counts failed commands as commands, by class, with their latency", () => {
    const tally = createTally();
    for (let n = 0; n < 98; n += 1) tally.add(1);
    tally.add(700.25, "CLUSTERDOWN");
    tally.add(5, "CLUSTERDOWN");
    const totals = tally.totals();
    expect(totals).toMatchObject({ commands: 100, failed: 2, longestStallMs: 700.25, errors: { CLUSTERDOWN: 2 } });
    expect(totals.p99Ms).toBeGreaterThanOrEqual(5);
    expect(totals.p99Ms).toBeLessThan(5.1);
  });

  it("keeps latencies longer than the histogram was made for", () => {
    const tally = createTally();
    tally.add(10 * 60_000);
    expect(tally.totals().longestStallMs).toBe(600_000);
    expect(tally.totals().p99Ms).toBeGreaterThan(599_000);
  });

  it("bounds the number of classes", () => {
    const tally = createTally();
    for (let n = 0; n < 80; n += 1) tally.add(1, `class ${n}`);
    expect(Object.keys(tally.totals().errors)).toHaveLength(51);
    expect(tally.totals().errors["other"]).toBe(30);
  });
});

describe("a window", () => {
  it("sums over the clients, shows each, and begins anew when it is closed", () => {
    const windows = createWindowTally(["a", "b"]);
    windows.add("a", 2);
    windows.add("a", 4);
    windows.add("b", 90, "MOVED");
    windows.lag(1.5);
    windows.lag(0.5);
    expect(windows.close(250, 250, 30)).toEqual({
      atMs: 250,
      durationMs: 250,
      commands: 3,
      failed: 1,
      p50Ms: 4,
      p99Ms: 90,
      maxMs: 90,
      oldestPendingMs: 30,
      selfLagMs: 1.5,
      errors: { MOVED: 1 },
      clients: {
        a: { commands: 2, failed: 0, errors: {} },
        b: { commands: 1, failed: 1, errors: { MOVED: 1 } },
      },
    });
    expect(windows.close(500, 250, 0)).toMatchObject({
      commands: 0,
      failed: 0,
      maxMs: 0,
      selfLagMs: 0,
      errors: {},
      clients: { a: { commands: 0, failed: 0, errors: {} }, b: { commands: 0, failed: 0, errors: {} } },
    });
  });
});
