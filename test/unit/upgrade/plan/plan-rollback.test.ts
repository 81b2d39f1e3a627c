import { describe, expect, it } from "vitest";
import { findPair } from "../../../../src/cluster/pairs/find-pair.js";
import type { Plan } from "../../../../src/upgrade/plan/types.js";
import { planBack } from "./run-plan.js";
import { AFTER_WIPE, BOTH_WAYS, ONE_WAY } from "./shapes.js";
import { type SimCluster, startCluster } from "./simulate.js";

type Versions = typeof ONE_WAY | typeof BOTH_WAYS | typeof AFTER_WIPE;

/** Three shards of two, with these pods on the new version; `heads` own their shard's slots. */
function halfDone(versions: Versions, upgraded: readonly string[], heads: readonly string[] = []): SimCluster {
  const cluster = startCluster({ replicas: [1, 1, 1], hosts: [0, 1, 2], ...versions });
  for (const pod of cluster.pods) if (upgraded.includes(pod.name)) pod.template = versions.to;
  for (const head of cluster.pods.filter((pod) => heads.includes(pod.name))) {
    for (const pod of cluster.pods) if (pod.shard === head.shard) pod.primary = pod === head;
    head.epoch = 10 + head.ordinal;
  }
  return cluster;
}

const ids = (plan: Plan): string[] => plan.steps.map((step) => step.id);
const REPLICAS = ["rc-3", "rc-4", "rc-5"];
const ALL = ["rc-0", "rc-1", "rc-2", ...REPLICAS];

describe("the plan of a rollback", () => {
  it("replaces replicas when nothing was handed over (R0)", () => {
    const plan = planBack({ cluster: halfDone(ONE_WAY, ["rc-3", "rc-5"]) });
    expect(ids(plan)).toEqual([
      "stage/stage",
      "roll-back/roll/rc-3",
      "roll-back/roll/rc-5",
      "post-check/check",
      "finish/finish",
    ]);
    expect(plan).toMatchObject({ direction: "rollback", from: ONE_WAY.to, to: ONE_WAY.from, failovers: 0 });
  });

  it("hands back first when the new version serves (R1), and only where it does", () => {
    const plan = planBack({ cluster: halfDone(ONE_WAY, REPLICAS, ["rc-3", "rc-4"]) });
    expect(ids(plan)).toEqual([
      "stage/stage",
      "hand-back/hand-over/rc-3",
      "hand-back/hand-over/rc-4",
      "roll-back/roll/rc-3",
      "roll-back/roll/rc-4",
      "roll-back/roll/rc-5",
      "post-check/check",
      "finish/finish",
    ]);
    expect(plan.steps.at(-1)?.wayBack).toBe("none");
  });

  it.each([
    ["read each other", BOTH_WAYS],
    ["sync each other once the files are moved aside", AFTER_WIPE],
  ])("makes an old copy and hands over to it after the commit when both versions %s", (_what, versions) => {
    const plan = planBack({ cluster: halfDone(versions, ["rc-0", ...REPLICAS], REPLICAS) });
    expect(ids(plan).slice(1, -2)).toEqual([
      "hand-back/hand-over/rc-4",
      "hand-back/hand-over/rc-5",
      "roll-back/roll/rc-0",
      "hand-back/hand-over/rc-3",
      "roll-back/roll/rc-3",
      "roll-back/roll/rc-4",
      "roll-back/roll/rc-5",
    ]);
  });

  it("is refused past the point of no return, with the price of going on", () => {
    expect(() => planBack({ cluster: halfDone(ONE_WAY, ["rc-0", ...REPLICAS], REPLICAS) })).toThrow(
      expect.objectContaining({
        code: "UPGRADE_REFUSED",
        exitCode: 3,
        retryable: false,
        message: expect.stringMatching(/^shard 0 has passed the point of no return: no copy of it runs redis@7.0.15/),
        hint: "evenkeel rollback --execute --accept-data-loss restores the snapshot and loses the writes of the last 90 s",
      }),
    );
  });

  it("goes by the reverse pair where nobody has tried the pair itself", () => {
    const cluster = halfDone(ONE_WAY, ["rc-0", ...REPLICAS], REPLICAS);
    const pair = { known: false, from: ONE_WAY.from, to: ONE_WAY.to, reason: "nobody has tried it" } as const;
    const backPair = findPair(BOTH_WAYS.to, BOTH_WAYS.from);
    expect(ids(planBack({ cluster }, { pair, backPair }))).toContain("roll-back/roll/rc-0");
    expect(() => planBack({ cluster }, { pair, backPair: pair })).toThrow(/nobody has tried it/);
  });

  it("restores only the shards that are past it when the loss was accepted, and says how much it is", () => {
    const plan = planBack({ cluster: halfDone(ONE_WAY, ["rc-0", ...REPLICAS], REPLICAS) }, { acceptDataLoss: true });
    expect(ids(plan).filter((id) => id.includes("restore"))).toEqual(["roll-back/restore/shard-0"]);
    expect(plan.pointOfNoReturn).toBe("roll-back/restore/shard-0");
    expect(plan.notes).toEqual(["shard 0 is restored from snapshot before: the writes of the last 90 s are lost"]);
  });

  it("is refused when there is no snapshot, whatever was accepted", () => {
    const cluster = halfDone(ONE_WAY, ALL);
    const change = { acceptDataLoss: true, snapshotSet: undefined };
    expect(() => planBack({ cluster }, change)).toThrow(/no snapshot of it to restore/);
  });

  it("says to wait for an old copy that is not in step, when it cannot be filled again", () => {
    const cluster = halfDone(ONE_WAY, REPLICAS, REPLICAS);
    Object.assign(cluster.pods[1] ?? {}, { inStep: false });
    expect(() => planBack({ cluster })).toThrow(
      expect.objectContaining({ retryable: true, message: expect.stringContaining("not in step: rc-1 (broken)") }),
    );
  });

  it("replaces a replica whose new server does not start", () => {
    const cluster = halfDone(ONE_WAY, ["rc-3"]);
    Object.assign(cluster.pods[3] ?? {}, { alive: false });
    expect(ids(planBack({ cluster }))).toContain("roll-back/roll/rc-3");
  });

  it("replaces a dead slot owner when nobody can be elected, and waits for the election when somebody can", () => {
    const cluster = halfDone(ONE_WAY, ["rc-0", "rc-3"]);
    Object.assign(cluster.pods[0] ?? {}, { alive: false });
    expect(() => planBack({ cluster })).toThrow(
      expect.objectContaining({ retryable: true, message: expect.stringContaining("rc-3 may be elected") }),
    );
    Object.assign(cluster.pods[3] ?? {}, { alive: false });
    expect(ids(planBack({ cluster })).slice(1, 3)).toEqual(["roll-back/roll/rc-0", "roll-back/roll/rc-3"]);
  });

  it("takes added replicas away at its end, after giving back slots that came to them", () => {
    const cluster = halfDone(ONE_WAY, ["rc-0", "rc-3"], ["rc-3"]);
    const [first] = cluster.pods;
    if (!first) throw new Error("no pod");
    cluster.pods.push({ ...first, name: "rc-6", ordinal: 6, template: ONE_WAY.from });
    cluster.surge.add("rc-6");
    expect(ids(planBack({ cluster })).slice(1, -2)).toEqual([
      "hand-back/hand-over/rc-3",
      "roll-back/roll/rc-0",
      "roll-back/roll/rc-3",
      "surge/hand-over/rc-6",
      "surge/remove-replica/rc-6",
    ]);
  });

  it("sets the template back when no pod came to run the new version, and has no steps when the platform rests", () => {
    const cluster = halfDone(ONE_WAY, []);
    expect(ids(planBack({ cluster }))).toEqual(["stage/stage", "post-check/check", "finish/finish"]);
    expect(planBack({ cluster }, { rests: true }).steps).toEqual([]);
  });
});
