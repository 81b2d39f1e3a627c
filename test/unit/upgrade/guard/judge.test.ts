import { describe, expect, it } from "vitest";
import type { WitnessWindow } from "../../../../src/ports/witness.js";
import type { GuardObservation } from "../../../../src/upgrade/guard/guard.js";
import { judge } from "../../../../src/upgrade/guard/judge.js";
import { DEFAULT_POLICY, type UpgradePolicy } from "../../../../src/upgrade/policy/policy.js";
import { failing, looks, times, WINDOW_MS, windows } from "./inputs.js";

const GOOD = {};
const SLOW = { p99Ms: 412, maxMs: 500 };
const LATE = { p99Ms: 412, maxMs: 500, selfLagMs: 300 };

/** The verdict right after the last of what was seen. */
function verdictOf(
  seen: { readonly windows?: readonly WitnessWindow[]; readonly observations?: readonly GuardObservation[] },
  policy: UpgradePolicy = DEFAULT_POLICY,
) {
  const { windows: some = [], observations = [] } = seen;
  const ends = [...some.map((one) => one.atMs + one.durationMs), ...observations.map(({ atMs }) => atMs)];
  return judge({ windows: some, observations, nowMs: Math.max(...ends), policy, witnessed: some.length > 0 });
}

const saw = (...each: readonly Partial<WitnessWindow>[]) => verdictOf({ windows: windows(...each) });
const looked = (...each: readonly Partial<GuardObservation>[]) => verdictOf({ observations: looks(...each) });

describe("p99", () => {
  it("within its limit is ok", () => {
    expect(saw(...times(100, { p99Ms: 250 }))).toEqual({ kind: "ok" });
  });

  it("beyond its limit for less than 2 s is ok", () => {
    expect(saw(GOOD, ...times(7, SLOW))).toEqual({ kind: "ok" });
  });

  it("beyond its limit for 2 s holds the upgrade, and says the value, the limit and how long", () => {
    expect(saw(GOOD, ...times(7, SLOW), { p99Ms: 630 })).toEqual({
      kind: "soft",
      limit: "p99",
      reason: "p99 630 ms > 250 ms for 2.0 s",
    });
  });

  it("keeps its reason until it is good, so that nobody is told the same thing again and again", () => {
    expect(saw(...times(8, SLOW), ...times(20, { p99Ms: 900 }))).toEqual(saw(...times(8, SLOW)));
  });

  it("that jumps about its limit trips it when it is beyond for the greater part", () => {
    expect(saw(...times(8, [SLOW, SLOW, GOOD]).flat())).toMatchObject({ kind: "soft", limit: "p99" });
    expect(saw(...times(30, [SLOW, GOOD, GOOD]).flat())).toEqual({ kind: "ok" });
  });

  it("lets go only after 5 s of good windows in a row", () => {
    const clear = 5000 / WINDOW_MS;
    expect(saw(...times(8, SLOW), ...times(clear - 1, GOOD))).toMatchObject({ kind: "soft" });
    expect(saw(...times(8, SLOW), ...times(clear, GOOD))).toEqual({ kind: "ok" });
    expect(saw(...times(8, SLOW), ...times(clear - 1, GOOD), SLOW, ...times(clear - 1, GOOD))).toMatchObject({
      kind: "soft",
    });
  });

  it("says nothing in windows without commands", () => {
    const pending = { commands: 0, p99Ms: 0, maxMs: 0, oldestPendingMs: 300 };
    expect(saw(...times(8, SLOW), ...times(15, pending))).toMatchObject({ kind: "soft", limit: "p99" });
  });

  it("that the witness may have caused itself is inconclusive", () => {
    expect(saw(...times(8, LATE))).toEqual({
      kind: "inconclusive",
      limit: "p99",
      reason: "p99 412 ms > 250 ms for 2.0 s; the witness itself was late by 300 ms",
    });
  });

  it("that is beyond its limit without the witness's own part too is no longer in doubt", () => {
    expect(saw(...times(8, LATE), ...times(8, { p99Ms: 700, selfLagMs: 300 }))).toMatchObject({
      kind: "soft",
      limit: "p99",
    });
  });
});

describe("a stall", () => {
  it.each([
    ["answered late", { maxMs: 1250 }, "stall 1.3 s > 1.0 s"],
    ["not answered yet", { commands: 0, oldestPendingMs: 1100 }, "stall 1.1 s > 1.0 s"],
  ])("holds the upgrade at once when a command is %s", (_, window, reason) => {
    expect(saw(GOOD, window)).toEqual({ kind: "soft", limit: "stall", reason });
  });

  it("of no more than 1 s is ok", () => {
    expect(saw({ maxMs: 1000, oldestPendingMs: 1000 })).toEqual({ kind: "ok" });
  });

  it("near the witness's own lag is inconclusive", () => {
    expect(saw({ maxMs: 1250, selfLagMs: 900 })).toMatchObject({
      kind: "inconclusive",
      reason: "stall 1.3 s > 1.0 s; the witness itself was late by 900 ms",
    });
  });
});

describe("failed commands", () => {
  it("roll back, be it one, and name client and class", () => {
    expect(saw(GOOD, failing("ioredis", { CLUSTERDOWN: 1 }), ...times(100, GOOD))).toEqual({
      kind: "hard",
      limit: "failed-commands",
      reason: "1 failed command > 0 (ioredis: CLUSTERDOWN 1)",
    });
  });

  it("of a class that is the client's own known fault are excused in this client only", () => {
    const own = { "Disconnects client": 3 };
    expect(saw(failing("node-redis", own))).toEqual({ kind: "ok" });
    expect(saw(failing("ioredis", own))).toMatchObject({ kind: "hard" });
    expect(saw(failing("node-redis", { ...own, timeout: 1 }))).toMatchObject({
      reason: "1 failed command > 0 (node-redis: timeout 1)",
    });
  });

  it("are summed over the whole run", () => {
    const policy = { ...DEFAULT_POLICY, hard: { ...DEFAULT_POLICY.hard, failedCommands: 5 } };
    const rare = [failing("ioredis", { timeout: 1 }), ...times(200, GOOD)];
    expect(verdictOf({ windows: windows(...times(5, rare).flat()) }, policy)).toEqual({ kind: "ok" });
    expect(verdictOf({ windows: windows(...times(6, rare).flat()) }, policy)).toMatchObject({
      reason: "6 failed commands > 5 (ioredis: timeout 6)",
    });
  });

  it("are bounded in any one second where the policy says so", () => {
    const policy = { ...DEFAULT_POLICY, hard: { ...DEFAULT_POLICY.hard, failedCommands: 1000, failedPerSecond: 10 } };
    const some = failing("ioredis", { timeout: 4 });
    expect(verdictOf({ windows: windows(some, some, ...times(4, GOOD), some, some) }, policy)).toEqual({ kind: "ok" });
    expect(verdictOf({ windows: windows(GOOD, some, some, some, ...times(40, GOOD)) }, policy)).toMatchObject({
      kind: "hard",
      limit: "failed-per-second",
      reason: "12 failed commands in 1 s > 10 (ioredis: timeout 12)",
    });
  });
});

describe("looks at the cluster", () => {
  const FAIL = { clusterOk: false };
  it.each<[string, readonly Partial<GuardObservation>[], object]>([
    ["cluster_state fail for up to 1 s", [GOOD, FAIL, FAIL, FAIL], { kind: "ok" }],
    ["short fails one after the other", times(9, [FAIL, FAIL, GOOD]).flat(), { kind: "ok" }],
    [
      "cluster_state fail for longer",
      [GOOD, ...times(4, FAIL)],
      { kind: "hard", limit: "cluster-state", reason: "cluster_state fail for 1.5 s > 1.0 s" },
    ],
    ["a fail that is over by now", [...times(4, FAIL), ...times(9, GOOD)], { kind: "hard", limit: "cluster-state" }],
    [
      "a lost canary key",
      [{ canaryLost: 1 }, GOOD],
      { kind: "hard", limit: "canary", reason: "1 canary key lost an acknowledged write > 0" },
    ],
    [
      "lag beyond its limit for 2 s",
      [GOOD, ...times(4, { lagBytes: 24 * 1024 ** 2 })],
      { kind: "soft", limit: "lag", reason: "replication lag 24 MiB > 16 MiB for 2.0 s" },
    ],
    ["lag of nobody knows how much", times(9, { lagBytes: undefined }), { kind: "ok" }],
    ["a node that is away for 3 minutes", times(361, { unreachable: ["a:1"] }), { kind: "ok" }],
    [
      "a node that does not come back",
      times(362, { unreachable: ["a:1"] }),
      { kind: "hard", limit: "pod-back", reason: "a:1 does not answer for 181 s > 180 s" },
    ],
    [
      "two nodes that are away by turns",
      [...times(300, { unreachable: ["a:1"] }), ...times(300, { unreachable: ["b:1"] })],
      { kind: "ok" },
    ],
  ])("%s", (_, each, verdict) => {
    expect(looked(...each)).toMatchObject(verdict);
  });
});

describe("silence", () => {
  const idle = { commands: 0, p99Ms: 0, maxMs: 0 };

  it("of the witness for more than 5 s is inconclusive", () => {
    const heard = windows(GOOD);
    const at = (nowMs: number) => judge({ windows: heard, observations: [], nowMs, policy: DEFAULT_POLICY });
    expect(at(WINDOW_MS + 5000)).toEqual({ kind: "ok" });
    expect(at(WINDOW_MS + 5001)).toEqual({
      kind: "inconclusive",
      limit: "silence",
      reason: "no client had traffic for more than 5.0 s",
    });
  });

  it("is also that of a witness whose clients send nothing", () => {
    expect(saw(GOOD, ...times(21, idle))).toMatchObject({ kind: "inconclusive", limit: "silence" });
  });

  it("is not a stall in which clients wait for answers", () => {
    expect(saw(GOOD, ...times(40, { ...idle, oldestPendingMs: 2000 }))).toMatchObject({ kind: "soft", limit: "stall" });
  });

  it("is expected without a witness, as long as somebody looks at the cluster", () => {
    const observations = looks(...times(20, GOOD));
    const at = (nowMs: number) => judge({ windows: [], observations, nowMs, policy: DEFAULT_POLICY, witnessed: false });
    expect(at(10_000)).toEqual({ kind: "ok" });
    expect(at(15_000)).toMatchObject({
      kind: "inconclusive",
      reason: "nobody looked at the cluster for more than 5.0 s",
    });
  });

  it("hides no hard limit", () => {
    const seen = windows(failing("ioredis", { timeout: 1 }));
    expect(judge({ windows: seen, observations: [], nowMs: 60_000, policy: DEFAULT_POLICY })).toMatchObject({
      kind: "hard",
    });
  });
});
