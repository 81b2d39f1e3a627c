import { describe, expect, it } from "vitest";
import { BEGIN_MS, eventAt, replay, windowOf } from "./events.js";

describe("the state of a run", () => {
  it("knows the planned phases before they begin, and how long each took", () => {
    const state = replay(
      eventAt(0, "RUN_STARTED", { command: "upgrade", version: "1.0.0", processId: 1 }),
      eventAt(5, "PHASE_STARTED", { phase: "preflight" }),
      eventAt(90, "PHASE_FINISHED", { phase: "preflight", outcome: "passed", durationMs: 85 }),
      eventAt(100, "PLAN_MADE", { from: "redis@7.0.15", to: "redis@8.0.6", phases: ["preflight", "replicas", "soak"] }),
      eventAt(110, "PHASE_STARTED", { phase: "replicas" }),
    );
    expect(state).toMatchObject({ command: "upgrade", from: "redis@7.0.15", to: "redis@8.0.6", startedMs: BEGIN_MS });
    expect(state.phases).toEqual([
      { name: "preflight", state: "passed", startedMs: BEGIN_MS + 5, durationMs: 85 },
      { name: "replicas", state: "running", startedMs: BEGIN_MS + 110 },
      { name: "soak", state: "planned" },
    ]);
  });

  it("keeps every wait apart until it is finished, also two of the same name in two spans", () => {
    const wait = { for: "a link", deadlineMs: 60_000 };
    const state = replay(
      eventAt(0, "WAIT_STARTED", wait, { span: "a" }),
      eventAt(0, "WAIT_STARTED", wait, { span: "b" }),
      eventAt(3000, "WAIT_PROGRESS", { ...wait, elapsedMs: 3000, reason: "link is down" }, { span: "b" }),
      eventAt(3100, "WAIT_FINISHED", { for: "a link", durationMs: 3100, outcome: "reached" }, { span: "a" }),
    );
    expect(state.waits).toEqual([{ span: "b", ...wait, startedMs: BEGIN_MS, reason: "link is down" }]);
  });

  it("shows what is done to a pod for as long as it is done", () => {
    const started = eventAt(0, "STEP_STARTED", { step: "replace", pod: "rc-3" });
    const handing = eventAt(1, "HANDOVER_STARTED", { from: "rc-0", to: "rc-3" });
    expect(replay(started, handing).activity).toEqual({ "rc-3": "replace", "rc-0": "handing over to rc-3" });
    const proven = eventAt(2, "HANDOVER_PROVEN", { from: "rc-0", to: "rc-3" });
    expect(replay(started, handing, proven).activity).toMatchObject({ "rc-0": "draining" });
    const finished = eventAt(3, "STEP_FINISHED", { step: "replace", pod: "rc-3", outcome: "passed", durationMs: 3 });
    const handed = eventAt(4, "HANDOVER_FINISHED", {
      from: "rc-0",
      to: "rc-3",
      outcome: "done",
      attempts: 1,
      timings: {},
      durationMs: 3,
    });
    const state = replay(started, handing, proven, finished, handed);
    expect(state).toMatchObject({ activity: {}, handovers: 1 });
    expect(state.step).toBeUndefined();
  });

  it("counts only hand-overs that were done", () => {
    const failed = eventAt(0, "HANDOVER_FINISHED", {
      from: "rc-0",
      outcome: "impossible",
      attempts: 1,
      timings: {},
      durationMs: 3,
    });
    expect(replay(failed).handovers).toBe(0);
  });

  it("adds windows up, and remembers the longest stall also when it has not ended", () => {
    const state = replay(
      eventAt(0, "WITNESS_WINDOW", windowOf({ commands: 500, durationMs: 250, maxMs: 40 })),
      eventAt(
        250,
        "WITNESS_WINDOW",
        windowOf({ commands: 100, failed: 2, durationMs: 250, oldestPendingMs: 180, p99Ms: 9 }),
      ),
    );
    expect(state.load).toMatchObject({ commands: 600, failed: 2, ratePerSecond: 400, p99Ms: 9, longestMs: 180 });
  });

  it("takes lost and doubled from the report", () => {
    const totals = { commands: 10, failed: 0, lost: 1, doubled: 2, longestStallMs: 4, p99Ms: 2, errors: {} };
    const report = { ...totals, seconds: 1, selfLagMs: 0, lostKeys: ["k"], doubledKeys: [], clients: {} };
    expect(replay(eventAt(0, "WITNESS_REPORT", report)).load).toMatchObject({ lost: 1, doubled: 2, longestMs: 4 });
  });

  it("shows the findings of the last round of checks only", () => {
    const finding = { id: "slots.covered", severity: "block", evidence: "slot 7 has no primary" } as const;
    const done = { passed: 20, warnings: 0, blocking: 1 };
    const first = [eventAt(0, "CHECK_FINDING", { ...finding, status: "fail" }), eventAt(1, "CHECK_DONE", done)];
    expect(replay(...first).findings).toEqual([finding]);
    expect(replay(...first, eventAt(2, "CHECK_FINDING", { ...finding, status: "pass" })).findings).toEqual([]);
  });

  it("changes nothing but the time at a code of a newer version", () => {
    const before = replay(eventAt(0, "RUN_STARTED", { command: "up", version: "1.0.0", processId: 1 }));
    const unknown = { ...eventAt(7, "NOTICE", {}), code: "FROM_THE_FUTURE" };
    expect(replay(eventAt(0, "RUN_STARTED", { command: "up", version: "1.0.0", processId: 1 }), unknown)).toEqual({
      ...before,
      atMs: BEGIN_MS + 7,
    });
    expect(replay({ ...unknown, code: "toString" }).atMs).toBe(BEGIN_MS + 7);
  });

  it("ends with result, error and exit code", () => {
    const state = replay(
      eventAt(0, "UPGRADE_STOPPED", { phase: "replicas", reason: "rc-3 is not ready" }),
      eventAt(1, "RESULT", { result: { lost: 0 } }),
      eventAt(2, "ERROR", { code: "X", owner: "bug", retryable: false }, { message: "it broke" }),
      eventAt(3, "RUN_FINISHED", { command: "upgrade", exitCode: 4, durationMs: 3 }),
    );
    expect(state).toMatchObject({ stopped: "rc-3 is not ready", result: { lost: 0 }, error: "it broke", exitCode: 4 });
  });
});
