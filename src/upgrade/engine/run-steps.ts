import type { Topology } from "../../cluster/types.js";
import type { Span } from "../../events/recorder.js";
import type { Pod, PodTemplate } from "../../ports/platform.js";
import type { Plan, PhaseName, Step } from "../plan/types.js";
import { isEvenkeelError } from "../../errors/evenkeel-error.js";
import { waitUntil } from "../wait-until.js";
import { hardLimit, stepFailed } from "./failures.js";
import { holdBeforeStep } from "./hold.js";
import { holdAfterSurprise, type Outlook } from "./surprise.js";
import { perform } from "./perform.js";
import type { EngineOptions, EnginePorts } from "./ports.js";
import type { Watch } from "./watch.js";

/** Ids of steps that are behind: those of an earlier run of the same command, and those done now. */
export type Done = Set<string>;

export interface StepsRun {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly to: PodTemplate;
  /** Version that the steps lead away from. */
  readonly from: PodTemplate;
  readonly upgrade: string;
  readonly done: Done;
  /** Milliseconds by phase; added to. */
  readonly phases: Record<string, number>;
  /** Plans from what is, leaving out what is behind. */
  readonly plan: (topology: Topology, pods: readonly Pod[]) => Plan;
  readonly watch: () => Watch | undefined;
  /** Called with what a step found out. */
  readonly onDone?: (step: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Called before the first step of a phase. */
  readonly onPhase?: (phase: PhaseName) => Promise<void>;
  /** Called before each step; a rollback is held by nobody. */
  readonly held: boolean;
}

/** Acts whose effect is seen in the cluster: planned again, they have to be done again. */
const OBSERVABLE: ReadonlySet<Step["act"]["kind"]> = new Set(["roll", "hand-over", "add-replica", "remove-replica"]);
/** The same observable step is not done more often: what keeps coming undone needs a person. */
const TIMES_MAX = 3;

interface Progress {
  expected: readonly string[] | undefined;
  /** Of the plan before: a new one says what changed for the worse. */
  notes: readonly string[];
  /** Shards that have no way back by a step of the plan, or had none before. */
  passed: readonly number[] | undefined;
  phase: { readonly name: PhaseName; readonly span: Span } | undefined;
  readonly times: Map<string, number>;
}

/**
 * Runs a plan to its end, one step at a time. Before every step the cluster is observed and planned again: what counts is what
 * is, not what was intended (a pod that crashed meanwhile came back with the staged template).
 */
export async function runSteps(run: StepsRun): Promise<void> {
  const progress: Progress = {
    expected: undefined,
    notes: [],
    passed: undefined,
    phase: undefined,
    times: new Map(),
  };
  try {
    for (;;) {
      const { left, plan } = await planPatiently(run);
      const [step] = left;
      if (await wasHeld(run, step)) continue;
      if (await stoppedBySurprise(run, progress, { left, plan })) continue;
      if (!step) break;
      await enterPhase(run, progress, step.phase);
      const finished = await runStep(run, progress, step);
      progress.expected = left.slice(finished ? 1 : 0).map((one) => one.id);
      // What these give up was planned; what a repair replaces was lost before.
      if ((step.phase === "commit" || step.phase === "surge") && "shard" in step.act)
        progress.passed = [...(progress.passed ?? []), step.act.shard];
    }
    leavePhase(run, progress, "passed");
  } catch (error) {
    leavePhase(run, progress, "failed");
    throw error;
  }
}

/** @returns true when the upgrade was held, so that all has to be looked at anew */
async function wasHeld({ held, ports, options, watch }: StepsRun, step: Step | undefined): Promise<boolean> {
  if (!held) return false;
  return holdBeforeStep(ports, options, { watch: watch(), urgent: step?.phase === "repair" });
}

/** @returns true when the engine held, so that all has to be looked at anew */
async function stoppedBySurprise(run: StepsRun, progress: Progress, { left, plan }: Outlook): Promise<boolean> {
  const said = tellChange(run, progress, { now: left.map((step) => step.id), notes: plan.notes });
  const known = (progress.passed ??= plan.passed);
  progress.notes = plan.notes;
  if (!run.held) return false;
  const lost = plan.passed.filter((shard) => !known.includes(shard));
  if (said === undefined && lost.length === 0) return false;
  // What storms its primary is seen to first.
  if (left[0]?.phase === "repair") return false;
  const { ports, options } = run;
  const reason = said ?? `shard ${lost.join(", ")} has no copy to go back to any more`;
  await holdAfterSurprise({ ports, options, watch: run.watch(), look: () => planPatiently(run), known }, reason);
  progress.expected = undefined;
  progress.passed = undefined;
  return true;
}

/**
 * Plans from what is. A plan that is refused before anything was done is refused; in the middle of a roll a node may just be on
 * its way back, so it is looked at again for as long as a node may take.
 */
async function planPatiently(run: StepsRun): Promise<Outlook> {
  const { ports, options } = run;
  const attempt = async (): Promise<Outlook> => {
    const plan = run.plan(await ports.observe(), await ports.platform.pods());
    return { plan, left: plan.steps.filter((step) => !run.done.has(step.id) || OBSERVABLE.has(step.act.kind)) };
  };
  if (run.held && run.done.size === 0) return attempt();
  return waitUntil(
    "a cluster that can be planned for",
    async () => {
      try {
        return { reached: true, value: await attempt() };
      } catch (error) {
        if (isEvenkeelError(error) && error.retryable) return { reached: false, reason: error.message };
        throw error;
      }
    },
    {
      clock: ports.clock,
      deadlineMs: options.policy.hard.podBackMs,
      recorder: options.recorder,
      signal: options.signal,
      everyMs: 250,
      quiet: true,
    },
  );
}

/** @returns what changed, in words; undefined when all is as it was expected */
function tellChange(
  run: StepsRun,
  { expected, notes: before }: Progress,
  { now, notes }: { readonly now: readonly string[]; readonly notes: readonly string[] },
): string | undefined {
  if (!expected) return undefined;
  const added = now.filter((id) => !expected.includes(id));
  const removed = expected.filter((id) => !now.includes(id));
  if (added.length + removed.length === 0) return undefined;
  const steps = [...added.map((id) => `+${id}`), ...removed.map((id) => `-${id}`)].join(" ");
  const said = [steps, ...notes.filter((note) => !before.includes(note))].join("; ");
  run.options.recorder.emit("PLAN_CHANGED", `the cluster is not as expected; planned again: ${said}`, {
    added,
    removed,
  });
  return said;
}

async function enterPhase(run: StepsRun, progress: Progress, name: PhaseName): Promise<void> {
  if (progress.phase?.name === name) return;
  leavePhase(run, progress, "passed");
  await run.onPhase?.(name);
  const span = run.options.recorder.span(name);
  span.emit("PHASE_STARTED", name, { phase: name });
  progress.phase = { name, span };
}

function leavePhase(run: StepsRun, progress: Progress, outcome: "passed" | "failed"): void {
  const { phase } = progress;
  if (!phase) return;
  const ms = phase.span.finish("PHASE_FINISHED", phase.name, { phase: phase.name, outcome });
  run.phases[phase.name] = (run.phases[phase.name] ?? 0) + ms;
  progress.phase = undefined;
}

/** @returns false when it was cut short, so that it has to be done anew */
async function runStep(run: StepsRun, progress: Progress, step: Step): Promise<boolean> {
  const { journal } = run.ports.store;
  const times = (progress.times.get(step.id) ?? 0) + 1;
  progress.times.set(step.id, times);
  if (times > TIMES_MAX)
    throw stepFailed("STEP_UNDONE", `${step.id} was done ${TIMES_MAX} times and came undone each time`);
  const pod = "pod" in step.act ? { pod: step.act.pod } : {};
  const span = (progress.phase?.span ?? run.options.recorder).span(step.id.slice(step.id.indexOf("/") + 1));
  await journal.append({ kind: "step-started", step: step.id });
  span.emit("STEP_STARTED", step.id, { step: step.id, ...pod });
  try {
    const facts = await perform(step, {
      ports: run.ports,
      options: run.options,
      watch: run.watch(),
      to: run.to,
      from: run.from,
      upgrade: run.upgrade,
      span,
    });
    const cut = facts["cut"];
    if (typeof cut === "string") {
      await journal.append({ kind: "noted", topic: "cut", facts: { step: step.id, ...facts } });
      progress.times.delete(step.id);
      span.finish("STEP_FINISHED", `${step.id} is cut short: ${cut}`, {
        step: step.id,
        ...pod,
        outcome: "inconclusive",
      });
      return false;
    }
    await journal.append({ kind: "step-done", step: step.id, facts });
    run.done.add(step.id);
    run.onDone?.(step.id, facts);
    span.finish("STEP_FINISHED", step.id, { step: step.id, ...pod, outcome: "passed" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    span.finish("STEP_FINISHED", `${step.id}: ${reason}`, { step: step.id, ...pod, outcome: "failed" });
    if (!run.options.signal?.aborted) await journal.append({ kind: "step-failed", step: step.id, reason });
    throw error;
  }
  const verdict = run.held ? run.watch()?.verdict() : undefined;
  if (verdict?.kind === "hard") throw hardLimit(verdict.reason);
  return true;
}
