import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { ShardState } from "../../../src/events/event-data.js";
import { renderFrame } from "../../../src/hosts/render-frame.js";
import { BEGIN_MS, eventAt, replay, windowOf } from "../events/events.js";

const pod = (name: string, role: "primary" | "replica", version: string, more = {}) => ({
  pod: name,
  role,
  engine: "redis",
  version,
  ready: true,
  ...more,
});

const SHARDS: readonly ShardState[] = [
  { slots: "0-5460", pods: [pod("rc-3", "primary", "8.0.6"), pod("rc-0", "replica", "7.0.15", { lagBytes: 14_000 })] },
  { slots: "5461-10922", pods: [pod("rc-1", "primary", "7.0.15"), pod("rc-4", "replica", "8.0.6", { ready: false })] },
];

const upgrading = replay(
  eventAt(0, "RUN_STARTED", { command: "upgrade", version: "1.0.0", processId: 1 }),
  eventAt(1, "PLAN_MADE", { from: "redis@7.0.15", to: "redis@8.0.6", phases: ["preflight", "replicas", "hand over"] }),
  eventAt(2, "PHASE_STARTED", { phase: "preflight" }),
  eventAt(1202, "PHASE_FINISHED", { phase: "preflight", outcome: "passed", durationMs: 1200 }),
  eventAt(1300, "PHASE_STARTED", { phase: "replicas" }),
  eventAt(1300, "TOPOLOGY", { shards: SHARDS }),
  eventAt(1400, "STEP_STARTED", { step: "replace", pod: "rc-4" }),
  eventAt(1500, "WAIT_STARTED", { for: "rc-4 to be ready", deadlineMs: 60_000 }),
  eventAt(2000, "WITNESS_WINDOW", windowOf({ commands: 2000, p99Ms: 1.84, maxMs: 43 })),
  eventAt(4700, "WAIT_PROGRESS", {
    for: "rc-4 to be ready",
    elapsedMs: 3200,
    deadlineMs: 60_000,
    reason: "its link is down",
  }),
);

describe("the picture of a run", () => {
  it("shows phases, shards, what is waited for and the load", () => {
    expect(`\n${renderFrame(upgrading, { width: 120, color: false }).join("\n")}\n`).toMatchInlineSnapshot(`
      "
      evenkeel upgrade  redis@7.0.15 -> redis@8.0.6  4.7 s
      ✓ preflight 1.2 s   ▸ replicas 3.4 s   · hand over
        shard 0  0-5460      ● rc-3 8.0.6    ○ rc-0 7.0.15 -14 kB
        shard 1  5461-10922  ● rc-1 7.0.15   ○ rc-4 8.0.6 not ready   rc-4: replace
        waiting for rc-4 to be ready, 3.2 s of 60.0 s: its link is down
        load 2,000/s   p99 1.8 ms   longest 43 ms   2,000 commands   failed 0
      "
    `);
  });

  it("counts the elapsed times on between two events", () => {
    const lines = renderFrame(upgrading, { width: 120, color: false, nowMs: BEGIN_MS + 31_500 });
    expect(lines.join("\n")).toContain("30.0 s of 60.0 s");
  });

  it("keeps within the width, whatever it is", () => {
    for (const width of [20, 40, 61, 80]) {
      const lines = renderFrame(upgrading, { width, color: false });
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });

  it("puts the phases on as many lines as they need", () => {
    const narrow = renderFrame(upgrading, { width: 24, color: false });
    expect(narrow.slice(1, 4).map((line) => line.slice(0, 11))).toEqual(["✓ preflight", "▸ replicas ", "· hand over"]);
  });

  it("is the same text with colours", () => {
    const colored = renderFrame(upgrading, { width: 120, color: true });
    expect(colored.join("\n")).toContain("\u001B[");
    expect(colored.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(
      renderFrame(upgrading, { width: 120, color: false }),
    );
  });

  it("shows pods that start before there are shards", () => {
    const starting = replay(eventAt(0, "POD_STARTING", { pod: "rc-0" }), eventAt(0, "POD_STARTING", { pod: "rc-1" }));
    expect(renderFrame(starting, { width: 80, color: false }).join("\n")).toContain("rc-0 starting, rc-1 starting");
  });

  it("lets no control code of a reason through", () => {
    const state = replay(
      eventAt(0, "WAIT_PROGRESS", { for: "\u001B[31mx", elapsedMs: 1, deadlineMs: 10, reason: "a\nb" }),
    );
    const text = renderFrame(state, { width: 80, color: false }).join("");
    expect(text).toContain("a b");
    expect(text).not.toContain("\u001B");
  });
});
