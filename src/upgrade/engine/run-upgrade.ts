import { findPair } from "../../cluster/pairs/index.js";
import { formatEngine } from "../../cluster/engines.js";
import { EvenkeelError, EXIT, isEvenkeelError } from "../../errors/evenkeel-error.js";
import type { PodTemplate } from "../../ports/platform.js";
import type { WitnessReport } from "../../ports/witness.js";
import { planUpgrade } from "../plan/plan-upgrade.js";
import type { PhaseName, Plan } from "../plan/types.js";
import type { UpgradePolicy } from "../policy/policy.js";
import { refused } from "./failures.js";
import { type Begun, findOpenRun, HARMLESS, newRun, type OpenRun, recall } from "./open-run.js";
import type { EngineOptions, EngineOutcome, EnginePorts } from "./ports.js";
import { lostPods } from "./relieve.js";
import { takeBack } from "./take-back.js";
import { runSteps } from "./run-steps.js";
import { finish, takeLease } from "./run-record.js";
import { electionEpoch } from "./settled.js";
import { planTiming } from "./timing.js";
import { describeOutages, oneLine } from "./tell-end.js";
import { startWatch, type Watch } from "./watch.js";
import { judgeReport } from "./judge-report.js";

/** A witness may still be connecting during these. */
const HARMLESS_PHASES: ReadonlySet<PhaseName> = new Set(["preflight", "snapshot"]);

const same = (a: PodTemplate, b: PodTemplate): boolean => a.engine === b.engine && a.version === b.version;

/**
 * Brings every pod to the target in phases, or back to where it was. Run again after a crash, it goes on where it stopped.
 * @returns `passed`, or `rolled-back` with the reason: then every pod runs the former version again
 * @throws EvenkeelError exit 3 when refused before anything was touched; exit 4 when it could not be taken back; exit 6 when
 * braked for too long; the signal's reason when interrupted (the journal stays open)
 */
export async function runUpgrade(ports: EnginePorts, options: EngineOptions): Promise<EngineOutcome> {
  await takeLease(ports, options);
  try {
    const open = findOpenRun(await ports.store.journal.read());
    if (open?.rollback !== undefined)
      return await takeBack(ports, options, { open, reason: open.rollback, watch: undefined, phases: {} });
    if (open && !same(open.to, options.target)) {
      throw refused(
        "UPGRADE_OPEN",
        `an upgrade to ${formatEngine(open.to)} is under way; ${formatEngine(options.target)} has to wait`,
        `evenkeel upgrade --to ${formatEngine(open.to)} --execute, or evenkeel rollback --execute`,
      );
    }
    if (!open && (await isDone(ports, options))) return nothingToDo(options);
    return await forward(ports, options, open ?? (await begin(ports, options)));
  } finally {
    await ports.store.lease.release();
  }
}

/** Every pod runs the target, and so would the next one: then nothing is written down and nobody is put to watch. */
async function isDone({ platform }: EnginePorts, { target }: EngineOptions): Promise<boolean> {
  return same(await platform.template(), target) && (await platform.pods()).every((pod) => same(pod.template, target));
}

function nothingToDo({ target }: EngineOptions): EngineOutcome {
  const reason = `nothing to do: every pod runs ${formatEngine(target)}`;
  return { result: "passed", from: target, to: target, reason, failovers: 0, phases: {}, witness: [] };
}

async function begin(ports: EnginePorts, options: EngineOptions): Promise<OpenRun> {
  const { target, acceptUnknownPair, acceptDataLoss, surge } = options;
  const topology = await ports.observe();
  const pods = await ports.platform.pods();
  const from = pods.find((pod) => !same(pod.template, target))?.template ?? target;
  const begun: Begun = {
    upgrade: new Date().toISOString().replaceAll(/[:.]/g, "-"),
    from,
    to: target,
    acceptUnknownPair,
    acceptDataLoss,
    surge,
    epoch: electionEpoch(topology),
  };
  await ports.store.journal.append({
    kind: "begun",
    upgrade: begun.upgrade,
    cluster: options.cluster,
    direction: "upgrade",
    plan: begun,
    by: options.by,
  });
  return newRun(begun);
}

async function forward(ports: EnginePorts, options: EngineOptions, open: OpenRun): Promise<EngineOutcome> {
  const { recorder } = options;
  const phases: Record<string, number> = {};
  const done = new Set(open.done);
  let known: Pick<OpenRun, "surgePods" | "snapshotAt"> = open;
  let watch: Watch | undefined;
  let first: Plan | undefined;
  const reports: WitnessReport[] = [];
  const left: string[] = [];
  const touched = async (): Promise<boolean> =>
    [...done].some((id) => !HARMLESS.test(id)) || open.touched || (await staged(ports, open));
  try {
    watch = startWatch(ports, options);
    await runSteps({
      ports,
      options,
      to: open.to,
      from: open.from,
      upgrade: open.upgrade,
      done,
      phases,
      held: true,
      watch: () => watch,
      plan: (topology, pods) => {
        const plan = planUpgrade({
          topology,
          pods,
          from: open.from,
          to: open.to,
          pair: findPair(open.from, open.to),
          acceptUnknownPair: open.acceptUnknownPair,
          surge: open.surge,
          timing: planTiming(options.policy),
          done: { snapshot: false, canarySoaked: done.has("canary/soak"), soaked: done.has("soak/soak") },
          surgePods: known.surgePods,
          lostPods: lostPods(pods, watch),
        });
        first ??= tellPlan(plan, options);
        return plan;
      },
      onDone: (step, facts) => {
        known = recall(known, step, facts);
        if (Array.isArray(facts["left"])) left.push(...facts["left"].map(String));
      },
      onPhase: (phase) => judgeBeforePhase(phase, { watch, touched, policy: options.policy }),
    });
    const unserved = describeOutages(watch.outages());
    reports.push(...(await watch.end()));
    const reason = [...(unserved === "" ? [] : [unserved]), ...left, ...watch.unread()].join("; ");
    watch = undefined;
    for (const report of reports.slice(-1)) judgeReport(report, options.policy);
    const failovers = electionEpoch(await ports.observe()) - open.epoch;
    await finish(ports, "passed", "");
    return { result: "passed", from: open.from, to: open.to, reason, failovers, phases, witness: reports };
  } catch (error) {
    if (stays(error, options)) {
      await watch?.end();
      throw error;
    }
    const reason = oneLine(error instanceof Error ? error.message : String(error));
    if (!(await touched())) {
      await watch?.end();
      await finish(ports, "failed", reason);
      if (isEvenkeelError(error) && error.exitCode === EXIT.refused) throw error;
      throw new EvenkeelError(`${reason}; nothing was changed, every pod runs ${formatEngine(open.from)}`, {
        code: isEvenkeelError(error) ? error.code : "UPGRADE_FAILED",
        owner: "environment",
        exitCode: EXIT.failedRolledBack,
        hint: "correct what is named, then the same command again",
        cause: error,
      });
    }
    recorder.emit("UPGRADE_STOPPED", `${reason}; taking it back`, { phase: Object.keys(phases).at(-1) ?? "", reason });
    return takeBack(ports, options, { open: { ...open, ...known }, reason, watch, phases });
  }
}

interface BeforePhase {
  readonly watch: Watch | undefined;
  readonly touched: () => Promise<boolean>;
  readonly policy: UpgradePolicy;
}

/** @throws what the witness said when it could not be started and nothing was begun; EvenkeelError when it found something missing */
async function judgeBeforePhase(phase: PhaseName, { watch, touched, policy }: BeforePhase): Promise<void> {
  if (!HARMLESS_PHASES.has(phase)) {
    // What was begun is no failure for want of a witness: it is held until one watches again.
    await watch?.ready().catch(async (error: unknown) => {
      if (!(await touched())) throw error;
    });
  }
  // The last moment at which everything can be taken back without loss: nothing may be missing by now.
  if (phase !== "commit" || !watch) return;
  const report = await watch.readBack();
  if (report) judgeReport(report, policy);
}

/** The template is the first thing that changes: a crash right after it left no step done. */
async function staged({ platform }: EnginePorts, open: OpenRun): Promise<boolean> {
  return !same(open.from, open.to) && same(await platform.template(), open.to);
}

/** Errors that leave the upgrade where it is, to be gone on with. */
function stays(error: unknown, { signal }: EngineOptions): boolean {
  return signal?.aborted === true || (isEvenkeelError(error) && error.exitCode === EXIT.braked);
}

function tellPlan(plan: Plan, { recorder }: EngineOptions): Plan {
  recorder.emit("PLAN_MADE", `${plan.steps.length} steps, ${plan.failovers} hand-overs`, {
    from: formatEngine(plan.from),
    to: formatEngine(plan.to),
    phases: [...new Set(plan.steps.map((step) => step.phase))],
  });
  return plan;
}
