import { findPair } from "../../../../src/cluster/pairs/find-pair.js";
import { isEvenkeelError } from "../../../../src/errors/evenkeel-error.js";
import { planRollback, type RollbackInputs } from "../../../../src/upgrade/plan/plan-rollback.js";
import { planUpgrade, type UpgradeInputs } from "../../../../src/upgrade/plan/plan-upgrade.js";
import type { PlanTiming } from "../../../../src/upgrade/plan/timing.js";
import type { Plan, Step } from "../../../../src/upgrade/plan/types.js";
import { observe, perform, type SimCluster, StepFailed } from "./simulate.js";

export const TIMING: PlanTiming = {
  canarySoakMs: 30_000,
  soakMs: 60_000,
  podMs: 120_000,
  handoverMs: 100_000,
  snapshotMs: 60_000,
  checkMs: 30_000,
  configurationMs: 120_000,
};

/** Acts that can be seen in the cluster; the others are left out once they are journaled as done. */
const SEEN = new Set<Step["act"]["kind"]>(["roll", "hand-over", "add-replica", "remove-replica"]);

export interface Run {
  readonly cluster: SimCluster;
  readonly surge: boolean;
  readonly done: Set<string>;
}

export const left = (plan: Plan, done: ReadonlySet<string>): readonly Step[] =>
  plan.steps.filter((step) => SEEN.has(step.act.kind) || !done.has(step.id));

export function planForward({ cluster, surge, done }: Run, change: Partial<UpgradeInputs> = {}): Plan {
  return planUpgrade({
    ...observe(cluster),
    from: cluster.from,
    to: cluster.to,
    surgePods: [...cluster.surge],
    pair: findPair(cluster.from, cluster.to),
    acceptUnknownPair: false,
    surge,
    timing: TIMING,
    done: { snapshot: false, canarySoaked: done.has("canary/soak"), soaked: done.has("soak/soak") },
    ...change,
  });
}

export function planBack({ cluster }: Pick<Run, "cluster">, change: Partial<RollbackInputs> = {}): Plan {
  return planRollback({
    ...observe(cluster),
    from: cluster.from,
    to: cluster.to,
    surgePods: [...cluster.surge],
    pair: findPair(cluster.from, cluster.to),
    backPair: findPair(cluster.to, cluster.from),
    timing: TIMING,
    acceptDataLoss: false,
    snapshotSet: "before",
    snapshotAgeSeconds: 90,
    ...change,
  });
}

/** Plans again before each step, as the engine does. */
export function runBack(cluster: SimCluster, change: Partial<RollbackInputs> = {}): readonly string[] {
  const done = new Set<string>();
  const ran: string[] = [];
  for (;;) {
    const [step] = left(planBack({ cluster }, change), done);
    if (!step) return ran;
    perform(cluster, step, cluster.from);
    done.add(step.id);
    ran.push(step.id);
    if (ran.length > 200) throw new Error(`no end: ${ran.slice(-6).join(", ")}`);
  }
}

export interface Ending {
  readonly end: "upgraded" | "rolled back" | "refused";
  /** Why it was refused. */
  readonly reason: string;
  readonly trail: readonly string[];
}

export interface Weather {
  /** Called before every step; may hit a pod. Returns what it did. */
  readonly strike: (turn: number) => string | undefined;
  /** True when the step at this turn shall fail although nothing is wrong. */
  readonly fails: (turn: number) => boolean;
}

/** Runs an upgrade in bad weather: a step that fails turns it into a rollback. Waiting is a turn without a step. */
export function runInWeather(run: Run, weather: Weather, turnsMax: number): Ending {
  const { cluster } = run;
  const backDone = new Set<string>();
  const trail: string[] = [];
  let back = false;
  for (let turn = 0; turn < turnsMax; turn += 1) {
    const hit = weather.strike(turn);
    if (hit !== undefined) trail.push(`! ${hit}`);
    try {
      const [step] = back ? left(planBack(run), backDone) : left(planForward(run), run.done);
      if (!step) return { end: back ? "rolled back" : "upgraded", reason: "", trail };
      trail.push(step.id);
      if (weather.fails(turn) && SEEN.has(step.act.kind)) throw new StepFailed(`${step.id} failed`);
      perform(cluster, step, back ? cluster.from : cluster.to);
      (back ? backDone : run.done).add(step.id);
    } catch (error) {
      if (error instanceof StepFailed) {
        trail.push(error.message);
        back = true;
        continue;
      }
      if (!isEvenkeelError(error) || error.code !== "UPGRADE_REFUSED")
        throw new Error(trail.join("\n"), { cause: error });
      trail.push(error.message);
      if (!back) back = true;
      else if (!error.message.includes("may be elected")) return { end: "refused", reason: error.message, trail };
    }
  }
  throw new Error(`no end after ${turnsMax} turns:\n${trail.slice(-20).join("\n")}`);
}
