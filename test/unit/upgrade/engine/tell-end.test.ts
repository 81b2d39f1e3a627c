import { describe, expect, it } from "vitest";
import { describeOutages, oneLine, tellRollback } from "../../../../src/upgrade/engine/tell-end.js";

const FROM = { engine: "redis", version: "7.0.15" } as const;

describe("a reason", () => {
  it("is one line, without what stands in front of a server's log lines", () => {
    const said =
      "the server exited with code 1. It said:\n12:M 23 Nov 2026 03:24:45.704 # Bad directive\n\n  >>> 'nonsense yes'";
    expect(oneLine(said)).toBe("the server exited with code 1. It said: Bad directive / >>> 'nonsense yes'");
  });

  it("names how long slots were not served", () => {
    expect(describeOutages([])).toBe("");
    expect(describeOutages([{ slots: "0-5460", ms: 6840 }])).toBe("slots 0-5460 were not served for 6.8 s");
  });

  it("says what was done about it", () => {
    const done = new Set(["stage/stage", "hand-back/hand-over/rc-3", "roll-back/roll/rc-3", "roll-back/roll/rc-4"]);
    expect(tellRollback("it failed", { from: FROM, done, outages: [{ slots: "0-5460", ms: 6840 }] })).toBe(
      "it failed. Taken back: rc-3 handed the slots back; rc-3, rc-4 started on redis@7.0.15 again; all checks pass. Meanwhile slots 0-5460 were not served for 6.8 s.",
    );
    expect(tellRollback("it failed", { from: FROM, done: new Set(), outages: [] })).toBe(
      "it failed. Taken back: no pod had to be replaced, all run redis@7.0.15; all checks pass.",
    );
  });
});
