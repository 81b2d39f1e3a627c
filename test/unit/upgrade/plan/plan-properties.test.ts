import { isDeepStrictEqual } from "node:util";
import { array, assert, boolean, constantFrom, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { isEvenkeelError } from "../../../../src/errors/evenkeel-error.js";
import { planUpgrade } from "../../../../src/upgrade/plan/plan-upgrade.js";
import { findPair } from "../../../../src/cluster/pairs/find-pair.js";
import { left, planBack, planForward, runBack, runInWeather, TIMING } from "./run-plan.js";
import { build, type Scene, scenes, upgradeSome } from "./shapes.js";
import {
  type Fault,
  inShard,
  keepsOldCopy,
  observe,
  perform,
  runsOld,
  servesAll,
  type SimCluster,
  strike,
} from "./simulate.js";

/** Runs an upgrade to its end or for so many steps; `look` sees the cluster after each. */
function runUpgrade(scene: Scene, cluster: SimCluster, steps = Infinity, look?: (phase: string) => void): Set<string> {
  const done = new Set<string>();
  for (let count = 0; count < steps; count += 1) {
    const [step] = left(planForward({ cluster, surge: scene.surge, done }), done);
    if (!step) break;
    perform(cluster, step, cluster.to);
    done.add(step.id);
    look?.(step.phase);
    if (count > 300) throw new Error(`no end at ${step.id}`);
  }
  return done;
}

const shardsOf = (cluster: SimCluster): number[] => cluster.slots.map((_, shard) => shard);

/** @returns how it was refused; undefined when it came to its end */
function goBack(cluster: SimCluster): { readonly code: string; readonly exitCode: number } | undefined {
  try {
    runBack(cluster);
  } catch (error) {
    if (!isEvenkeelError(error)) throw error;
    return { code: error.code, exitCode: error.exitCode };
  }
}

describe("an upgrade of any topology", { timeout: 60_000 }, () => {
  // The simulated cluster throws when a step replaces a slot owner, when a voter is missing at a hand-over, and when the
  // replica that is to take over is not in step.
  it("ends with every pod on the target, all slots served after each step, and one failover per shard with an old primary", () => {
    assert(
      property(scenes, array(boolean(), { minLength: 1, maxLength: 12 }), (scene, chosen) => {
        const cluster = build(scene);
        upgradeSome(cluster, chosen);
        const names = cluster.pods.map((pod) => pod.name);
        const old = shardsOf(cluster).filter((shard) =>
          inShard(cluster, shard).some((pod) => pod.primary && runsOld(cluster, pod)),
        );
        const alone = old.filter((shard) => inShard(cluster, shard).length === 1);
        runUpgrade(scene, cluster, Infinity, () => expect(servesAll(cluster)).toBe(true));
        expect(cluster.pods.filter((pod) => runsOld(cluster, pod))).toEqual([]);
        expect(cluster.pods.map((pod) => pod.name)).toEqual(names);
        expect(cluster.handOvers).toBe(old.length + alone.length);
        expect(cluster.rests).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps a copy in step on the former version in every shard until the commit", () => {
    assert(
      property(scenes, (scene) => {
        const cluster = build(scene);
        let committed = false;
        runUpgrade(scene, cluster, Infinity, (phase) => {
          committed ||=
            phase === "commit" ||
            (phase === "surge" && cluster.surge.size < shardsOf(cluster).length && cluster.handOvers > 0);
          expect(committed || shardsOf(cluster).every((shard) => keepsOldCopy(cluster, shard))).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("says R2 exactly where a shard is without an old copy and the pair has no way back", () => {
    assert(
      property(scenes, (scene) => {
        const cluster = build(scene);
        const { steps, pointOfNoReturn } = planForward({ cluster, surge: scene.surge, done: new Set() });
        let first: string | undefined;
        for (const step of steps) {
          perform(cluster, step, cluster.to);
          const gone = shardsOf(cluster).some((shard) => !keepsOldCopy(cluster, shard));
          const lossless = cluster.limits.backAfterCommit;
          expect([step.id, step.wayBack === "R2"]).toEqual([step.id, gone && !lossless]);
          if (gone && !lossless) first ??= step.id;
        }
        expect(pointOfNoReturn).toBe(first);
      }),
      { numRuns: 40 },
    );
  });

  it("is the rest of the same plan whenever it is planned again", () => {
    assert(
      property(scenes, array(boolean(), { minLength: 1, maxLength: 12 }), (scene, chosen) => {
        const cluster = build(scene);
        upgradeSome(cluster, chosen);
        const done = new Set<string>();
        const { steps } = planForward({ cluster, surge: scene.surge, done });
        expect(new Set(steps.map((step) => step.id)).size).toBe(steps.length);
        for (const [index, step] of steps.entries()) {
          const again = left(planForward({ cluster, surge: scene.surge, done }), done);
          expect(again).toEqual(steps.slice(index));
          perform(cluster, step, cluster.to);
          done.add(step.id);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is the same plan for the same input, in whatever order the platform lists the pods", () => {
    assert(
      property(scenes, integer(), (scene, turn) => {
        const cluster = build(scene);
        const { topology, pods } = observe(cluster);
        const at = Math.abs(turn) % pods.length;
        const inputs = {
          topology,
          ...scene.versions,
          pair: findPair(scene.versions.from, scene.versions.to),
          acceptUnknownPair: false,
          surge: scene.surge,
          timing: TIMING,
          done: { snapshot: false, canarySoaked: false, soaked: false },
        };
        const plan = planUpgrade({ ...inputs, pods });
        expect(planUpgrade({ ...inputs, pods: [...pods.slice(at), ...pods.slice(0, at)] })).toEqual(plan);
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a rollback from any step of any upgrade", { timeout: 60_000 }, () => {
  it("ends with every pod on the former version where the pair has a way back, else it is refused at the point of no return", () => {
    assert(
      property(scenes, integer({ min: 0, max: 60 }), (scene, steps) => {
        const cluster = build(scene);
        const names = cluster.pods.map((pod) => pod.name);
        runUpgrade(scene, cluster, steps);
        const gone = shardsOf(cluster).some((shard) => !keepsOldCopy(cluster, shard));
        const stuck =
          gone &&
          (!cluster.limits.backAfterCommit ||
            scene.replicas.some((count, shard) => count === 0 && !keepsOldCopy(cluster, shard)));
        const alone = scene.replicas.filter((count) => count === 0).length;
        const before = cluster.handOvers;
        const refused = goBack(cluster);
        expect(refused).toEqual(stuck ? { code: "UPGRADE_REFUSED", exitCode: 3 } : undefined);
        expect(stuck || cluster.pods.every((pod) => runsOld(cluster, pod))).toBe(true);
        expect(
          stuck ||
            isDeepStrictEqual(
              cluster.pods.map((pod) => pod.name),
              names,
            ),
        ).toBe(true);
        expect(stuck || cluster.rests).toBe(true);
        expect(servesAll(cluster)).toBe(true);
        expect(cluster.handOvers - before).toBeLessThanOrEqual(scene.replicas.length * 2 + alone);
      }),
      { numRuns: 80 },
    );
  });

  it("is the rest of the same plan whenever it is planned again", () => {
    assert(
      property(scenes, integer({ min: 0, max: 40 }), (scene, count) => {
        const cluster = build({ ...scene, replicas: scene.replicas.map((one) => Math.max(1, one)) });
        runUpgrade(scene, cluster, count);
        if (shardsOf(cluster).some((shard) => !keepsOldCopy(cluster, shard)) && !cluster.limits.backAfterCommit) return;
        const done = new Set<string>();
        const { steps } = planBack({ cluster });
        for (const [index, step] of steps.entries()) {
          expect(left(planBack({ cluster }), done)).toEqual(steps.slice(index));
          perform(cluster, step, cluster.from);
          done.add(step.id);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("restores the snapshot past the point of no return when the loss was accepted", () => {
    assert(
      property(scenes, integer({ min: 0, max: 60 }), (scene, steps) => {
        const cluster = build({
          ...scene,
          versions: { from: { engine: "redis", version: "7.0.15" }, to: { engine: "redis", version: "8.0.6" } },
        });
        runUpgrade(scene, cluster, steps);
        runBack(cluster, { acceptDataLoss: true });
        expect(cluster.pods.filter((pod) => !runsOld(cluster, pod))).toEqual([]);
        expect(servesAll(cluster)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe("an upgrade in bad weather", { timeout: 60_000 }, () => {
  const faults = constantFrom<Fault>("crash", "promotion", "broken-link");

  it("always ends in a served state within a bounded number of turns", () => {
    const ends = { upgraded: 0, "rolled back": 0, refused: 0 };
    assert(
      property(
        scenes,
        array(integer({ min: 0, max: 50 }), { maxLength: 4 }),
        array(faults, { minLength: 4, maxLength: 4 }),
        integer({ min: 0, max: 1000 }),
        array(integer({ min: 0, max: 70 }), { maxLength: 1 }),
        array(integer({ min: 0, max: 12 }), { maxLength: 1 }),
        (scene, turns, kinds, dice, failing, bad) => {
          const cluster = build(scene);
          for (const index of bad) cluster.bad.add(`rc-${index}`);
          const weather = {
            strike: (turn: number) => {
              const hit = turns.indexOf(turn);
              return hit < 0 ? undefined : strike(cluster, kinds[hit] ?? "crash", dice + hit);
            },
            fails: (turn: number) => failing.includes(turn),
          };
          const { end, reason, trail } = runInWeather({ cluster, surge: scene.surge, done: new Set() }, weather, 200);
          ends[end] += 1;
          const versions = [...new Set(cluster.pods.map((pod) => pod.template.version))];
          const kept = shardsOf(cluster).every((shard) => keepsOldCopy(cluster, shard));
          const state = {
            upgraded: { reason, versions: [cluster.to.version], served: true },
            "rolled back": { reason, versions: [cluster.from.version], served: true },
            // Only for the one reason: a shard has no old copy left.
            refused: { reason: kept ? "no reason to refuse" : reason, versions, served: true },
          }[end];
          expect({ reason, versions, served: servesAll(cluster), trail }).toEqual({ ...state, trail });
        },
      ),
      { numRuns: 100 },
    );
    expect(ends.upgraded).toBeGreaterThan(0);
    expect(ends["rolled back"]).toBeGreaterThan(0);
  });
});
