import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../src/upgrade/plan/describe-plan.js";
import { planForward } from "./run-plan.js";
import { BOTH_WAYS, ONE_WAY } from "./shapes.js";
import { startCluster } from "./simulate.js";

const planned = (versions: typeof ONE_WAY | typeof BOTH_WAYS) =>
  planForward({ cluster: startCluster({ replicas: [1], hosts: [0, 1], ...versions }), surge: false, done: new Set() });

describe("describePlan", () => {
  it("gives a numbered row for each step, in words", () => {
    const rows = describePlan(planned(BOTH_WAYS));
    expect(rows.map((row) => (row.kind === "step" ? `${row.number} ${row.phase}: ${row.act}` : row.text))).toEqual([
      "1 preflight: run all checks",
      "2 preflight: start a throwaway valkey@8.1.1 with the cluster's configuration",
      "3 snapshot: keep the data of shard 0 aside, from rc-1",
      "4 stage: set the template to valkey@8.1.1; nothing rolls",
      "5 canary: replace rc-1 with valkey@8.1.1",
      "6 canary: watch the canary",
      "7 hand over: hand the slots of rc-0 over to rc-1",
      "8 soak: watch, with a copy to go back to in every shard",
      "9 commit: replace rc-0 with valkey@8.1.1",
      "10 post-check: run all checks again",
      "11 finish: back to the platform's resting state; nothing rolls",
    ]);
    expect(rows[4]).toMatchObject({
      pod: "rc-1",
      wayBack: "R0: replicas back, synced by their primary",
      deadlineMs: 120_000,
      cost: "shard 0 has one copy only until rc-1 is in step again; reads from rc-1 are refused meanwhile",
    });
  });

  it("marks the point of no return right before the step that passes it", () => {
    const rows = describePlan(planned(ONE_WAY));
    const at = rows.findIndex((row) => row.kind === "point-of-no-return");
    expect(rows[at]).toMatchObject({ text: "point of no return: after step 9 there is no way back without loss" });
    expect(rows[at + 1]).toMatchObject({ number: 9, phase: "commit", wayBack: "R2: snapshot only" });
  });
});
