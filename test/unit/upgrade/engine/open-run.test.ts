import { describe, expect, it } from "vitest";
import type { JournalEntry, JournalRecord } from "../../../../src/ports/journal.js";
import { type Begun, findOpenRun, NO_WAY_BACK } from "../../../../src/upgrade/engine/open-run.js";

const BEGUN: Begun = {
  upgrade: "u",
  from: { engine: "redis", version: "7.0.15" },
  to: { engine: "redis", version: "8.0.6" },
  acceptUnknownPair: false,
  acceptDataLoss: false,
  surge: false,
  epoch: 6,
};

const records = (...entries: readonly JournalEntry[]): readonly JournalRecord[] =>
  [
    { kind: "begun", upgrade: "u", cluster: "c", direction: "upgrade", plan: BEGUN, by: "a test" } as const,
    ...entries,
  ].map((entry, n) => ({ ...entry, seq: n + 1, time: "2026-11-23T00:00:00.000Z" }));

const CANARY = { kind: "step-done", step: "canary/roll/rc-3", facts: {} } as const;
const BACK = { kind: "rollback-begun", reason: "it failed", plan: undefined } as const;

describe("a journal", () => {
  it("is open in the direction in which it was left", () => {
    expect(findOpenRun(records(CANARY))).toMatchObject({ rollback: undefined, done: new Set(["canary/roll/rc-3"]) });
    expect(findOpenRun(records(CANARY, BACK))).toMatchObject({ rollback: "it failed" });
  });

  it("is open forward again when the way back led nowhere, with what was done on it forgotten", () => {
    const tried = { kind: "step-done", step: "preflight/check", facts: {} } as const;
    const staged = { kind: "step-done", step: "stage/stage", facts: {} } as const;
    const undone = { kind: "step-done", step: "stage/stage", facts: {} } as const;
    const nowhere = { kind: "noted", topic: NO_WAY_BACK, facts: { reason: "no copy" } } as const;
    const open = findOpenRun(records(tried, staged, CANARY, BACK, undone, nowhere));
    // The way back has staged the former version.
    expect(open).toMatchObject({ rollback: undefined, doneInRollback: new Set(), done: new Set(["preflight/check"]) });
    expect(findOpenRun(records(CANARY, BACK, undone, { ...nowhere, topic: "cut" }))).toMatchObject({
      rollback: "it failed",
    });
  });

  it("of the way back of a finished upgrade still says, after a crash, when the snapshots were taken", () => {
    const plan = { ...BEGUN, snapshotAt: "2026-11-23T00:00:00.000Z" };
    const begun = { kind: "begun", upgrade: "u", cluster: "c", direction: "rollback", plan, by: "a test" } as const;
    const staged = { kind: "step-done", step: "stage/stage", facts: {} } as const;
    const read = [begun, staged].map((entry, n) => ({ ...entry, seq: n + 1, time: "2026-11-23T00:10:00.000Z" }));
    expect(findOpenRun(read)).toMatchObject({ rollback: "asked for", snapshotAt: plan.snapshotAt });
  });

  it("is closed by its end", () => {
    expect(findOpenRun(records(CANARY, { kind: "finished", outcome: "passed", reason: "" }))).toBeUndefined();
  });
});
