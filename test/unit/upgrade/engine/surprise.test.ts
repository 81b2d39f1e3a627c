import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder } from "../../../../src/events/recorder.js";
import { localUpgradeStore } from "../../../../src/platforms/local/upgrade-store/local-upgrade-store.js";
import type { Clock } from "../../../../src/ports/clock.js";
import type { UpgradeStore } from "../../../../src/ports/journal.js";
import { holdAfterSurprise, type Outlook } from "../../../../src/upgrade/engine/surprise.js";
import { DEFAULT_POLICY } from "../../../../src/upgrade/policy/policy.js";
import { planForward } from "../plan/run-plan.js";
import { ONE_WAY } from "../plan/shapes.js";
import { inShard, type SimCluster, startCluster } from "../plan/simulate.js";

let home: string;
let store: UpgradeStore;
let nowMs: number;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "evenkeel-surprise-"));
  store = localUpgradeStore({ home, name: "rc", cluster: "c" });
  nowMs = 0;
  const begun = { upgrade: "u", cluster: "c", direction: "upgrade", plan: {}, by: "a test" } as const;
  await store.journal.append({ kind: "begun", ...begun });
});
afterEach(() => rmSync(home, { recursive: true }));

/** Every wait is over at once, and the time that it would have taken has passed. */
const clock: Clock = {
  now: () => nowMs,
  sleep: async (ms) => {
    nowMs += ms;
  },
};

const outlook = (cluster: SimCluster, done: ReadonlySet<string> = new Set()): Outlook => {
  const plan = planForward({ cluster, surge: false, done: new Set(done) });
  return { plan, left: plan.steps };
};

/** Three shards of two on the former version; these pods run the target, and the heads own their shard's slots. */
function halfDone(upgraded: readonly string[], heads: readonly string[] = []): SimCluster {
  const cluster = startCluster({ replicas: [1, 1, 1], hosts: [0, 1, 2], ...ONE_WAY });
  for (const pod of cluster.pods) if (upgraded.includes(pod.name)) pod.template = ONE_WAY.to;
  for (const head of cluster.pods.filter((pod) => heads.includes(pod.name))) {
    for (const pod of inShard(cluster, head.shard)) pod.primary = pod === head;
  }
  return cluster;
}

async function hold(look: () => Outlook, known: readonly number[] = []): Promise<void> {
  const recorder = createRecorder({ run: "r", sinks: [] });
  await holdAfterSurprise(
    {
      ports: { clock, store },
      options: { recorder, policy: DEFAULT_POLICY },
      watch: { verdict: () => ({ kind: "ok" }) },
      look: async () => look(),
      known,
    },
    "rc-3 was replaced",
  );
}

const kinds = async (): Promise<readonly string[]> => (await store.journal.read()).map((record) => record.kind);

describe("the engine's own brake", () => {
  it("goes on by itself once the new plan stayed the same for as long as a soft limit has to be clear", async () => {
    await hold(() => outlook(halfDone(["rc-3", "rc-4"])));
    expect(nowMs).toBeGreaterThanOrEqual(DEFAULT_POLICY.soft.clearMs);
    expect(nowMs).toBeLessThan(DEFAULT_POLICY.soft.clearMs + 1000);
    expect(await store.brake.get()).toBeUndefined();
    expect(await kinds()).toEqual(["begun", "braked", "released"]);
  });

  it("begins to count again whenever the plan changes", async () => {
    const [one, two] = [outlook(halfDone(["rc-3"])), outlook(halfDone(["rc-3", "rc-4"]))];
    await hold(() => (nowMs < 4000 ? one : two));
    expect(nowMs).toBeGreaterThanOrEqual(4000 + DEFAULT_POLICY.soft.clearMs);
  });

  it("waits for a person when a shard has lost its way back before the target was watched serving", async () => {
    // A drain: the primary handed over to the canary, and its pod came back with the staged version.
    await hold(() => outlook(halfDone(["rc-0", "rc-3"], ["rc-3"])));
    expect(await store.brake.get()).toMatchObject({
      by: "engine",
      reason: expect.stringContaining("shard 0 has no way back"),
    });
    expect(await kinds()).toEqual(["begun", "braked"]);
  });

  it("asks nobody about a shard of which that was known before", async () => {
    await hold(() => outlook(halfDone(["rc-0", "rc-3"], ["rc-3"])), [0]);
    expect(await store.brake.get()).toBeUndefined();
  });

  it("asks nobody once every shard was handed over: the target is being watched, and forward is where the plan leads", async () => {
    const all = ["rc-3", "rc-4", "rc-5"];
    await hold(() => outlook(halfDone(["rc-0", ...all], all)));
    expect(await store.brake.get()).toBeUndefined();
  });

  it("gives up when nothing settles for as long as a soft limit may hold", async () => {
    const [one, two] = [outlook(halfDone(["rc-3"])), outlook(halfDone(["rc-3", "rc-4"]))];
    let turn = 0;
    await expect(hold(() => ((turn += 1) % 2 === 0 ? one : two))).rejects.toMatchObject({
      code: "BRAKED",
      exitCode: 6,
    });
  });
});
