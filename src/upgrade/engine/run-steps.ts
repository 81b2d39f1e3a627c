import type { Topology } from "../../cluster/types.js";
import type { Span } from "../../events/recorder.js";
import type { Pod, PodTemplate } from "../../ports/platform.js";
import type { Plan, PhaseName, Step } from "../plan/types.js";
import { isEvenkeelError } from "../../errors/evenkeel-error.js";
import { waitUntil } from "../wait-until.js";
import { hardLimit, stepFailed } from "./failures.js";
import { holdBeforeStep } from "./hold.js";
import { perform } from "./perform.js";
import type { EngineOptions, EnginePorts } from "./ports.js";
import type { Watch } from "./watch.js";

/** Ids of steps that are behind: those of an earlier run of the same command, and those done now. */
export type Done = Set<string>;

export interface StepsRun {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly to: PodTemplate;
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
  phase: { readonly name: PhaseName; readonly span: Span } | undefined;
  readonly times: Map<string, number>;
}

/**
 * Runs a plan to its end, one step at a time. Before every step the cluster is observed and planned again: what counts is what
 * is, not what was intended (a pod that crashed meanwhile came back with the staged template).
 */
export async function runSteps(run: StepsRun): Promise<void> {
  const progress: Progress = { expected: undefined, notes: [], phase: undefined, times: new Map() };
  try {
    for (;;) {
      if (run.held) await holdBeforeStep(run.ports, run.options, run.watch());
      const plan = await planPatiently(run);
      const left = plan.steps.filter((step) => !run.done.has(step.id) || OBSERVABLE.has(step.act.kind));
      tellChange(run, progress, { now: left.map((step) => step.id), notes: plan.notes });
      progress.notes = plan.notes;
      const [step] = left;
      if (!step) break;
      await enterPhase(run, progress, step.phase);
      await runStep(run, progress, step);
      progress.expected = left.slice(1).map((one) => one.id);
    }
    leavePhase(run, progress, "passed");
  } catch (error) {
    leavePhase(run, progress, "failed");
    throw error;
  }
}

/**
 * Plans from what is. A plan that is refused before anything was done is refused; in the middle of a roll a node may just be on
 * its way back, so it is looked at again for as long as a node may take.
 */
async function planPatiently(run: StepsRun): Promise<Plan> {
  const { ports, options } = run;
  const attempt = async (): Promise<Plan> => run.plan(await ports.observe(), await ports.platform.pods());
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

function tellChange(
  run: StepsRun,
  { expected, notes: before }: Progress,
  { now, notes }: { readonly now: readonly string[]; readonly notes: readonly string[] },
): void {
  if (!expected) return;
  const added = now.filter((id) => !expected.includes(id));
  const removed = expected.filter((id) => !now.includes(id));
  if (added.length + removed.length === 0) return;
  const steps = [...added.map((id) => `+${id}`), ...removed.map((id) => `-${id}`)].join(" ");
  const said = [steps, ...notes.filter((note) => !before.includes(note))].join("; ");
  run.options.recorder.emit("PLAN_CHANGED", `the cluster is not as expected; planned again: ${said}`, {
    added,
    removed,
  });
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

async function runStep(run: StepsRun, progress: Progress, step: Step): Promise<void> {
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
      upgrade: run.upgrade,
      span,
    });
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
}
