import { formatEngine } from "../../cluster/engines.js";
import { findPair } from "../../cluster/pairs/index.js";
import type { Topology } from "../../cluster/types.js";
import { EvenkeelError, EXIT, isEvenkeelError } from "../../errors/evenkeel-error.js";
import type { Span } from "../../events/recorder.js";
import type { Pod } from "../../ports/platform.js";
import type { WitnessReport } from "../../ports/witness.js";
import { planRollback } from "../plan/plan-rollback.js";
import type { Plan } from "../plan/types.js";
import { waitUntil } from "../wait-until.js";
import { lostPods, relieve } from "./relieve.js";
import { NO_WAY_BACK, type OpenRun, recall } from "./open-run.js";
import type { EngineOptions, EngineOutcome, EnginePorts } from "./ports.js";
import { finish } from "./run-record.js";
import { runSteps } from "./run-steps.js";
import { electionEpoch } from "./settled.js";
import { rollbackTiming } from "./timing.js";
import { oneLine, tellRollback } from "./tell-end.js";
import { startWatch, type Watch } from "./watch.js";

export interface TakeBack {
  readonly open: OpenRun;
  readonly reason: string;
  /** Of the upgrade that failed: it goes on watching. */
  readonly watch: Watch | undefined;
  readonly phases: Record<string, number>;
}

/** What a way back needs while it runs. */
interface GoingBack extends TakeBack {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly watch: Watch;
  readonly span: Span;
  readonly done: Set<string>;
  readonly plan: (topology: Topology, pods: readonly Pod[]) => Plan;
  readonly onDone: (step: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** A step of a way back that fails is tried anew from what is then, so often in all. */
const TRIES_MAX = 3;

/**
 * Takes a run back, from whatever step it is in. It is journaled as the upgrade is, so a crash of it is taken up again. Nothing
 * holds it: what it leaves behind would be half of two versions.
 * @throws EvenkeelError `NO_WAY_BACK` (exit 6) where it cannot be taken back and goes on forward only; `NOT_ROLLED_BACK` (exit 4)
 * with what is left to do
 */
export async function takeBack(
  ports: EnginePorts,
  options: EngineOptions,
  { open, reason, watch, phases }: TakeBack,
): Promise<EngineOutcome> {
  const span = options.recorder.span("rollback");
  let known: Pick<OpenRun, "surgePods" | "snapshotAt"> = open;
  const watching = watch ?? startWatch(ports, options);
  const going: GoingBack = {
    ports,
    options,
    open,
    reason,
    phases,
    span,
    watch: watching,
    done: new Set(open.doneInRollback),
    plan: (topology, pods) =>
      planRollback({
        topology,
        pods,
        from: open.from,
        to: open.to,
        pair: findPair(open.from, open.to),
        backPair: findPair(open.to, open.from),
        timing: rollbackTiming(options.policy),
        acceptDataLoss: options.acceptDataLoss,
        surgePods: known.surgePods,
        lostPods: lostPods(pods, watching),
        ...snapshotOf(open),
      }),
    onDone: (step, facts) => {
      known = recall(known, step, facts);
    },
  };
  try {
    if (open.rollback === undefined) {
      await requireWayBack(going);
      await ports.store.journal.append({ kind: "rollback-begun", reason, plan: undefined });
    }
    span.emit("ROLLBACK_STARTED", `going back to ${formatEngine(open.from)}: ${reason}`, { reason });
    // A way back is not refused because nobody can watch it.
    await watching.ready().catch(() => undefined);
    const left = await goBack(going);
    return await endTaken(going, left);
  } catch (error) {
    await endQuietly(watching);
    if (options.signal?.aborted || (isEvenkeelError(error) && error.code === "NO_WAY_BACK")) throw error;
    const why = error instanceof Error ? error.message : String(error);
    span.finish("ROLLBACK_FINISHED", `not taken back: ${why}`, { outcome: "failed" });
    throw new EvenkeelError(`the upgrade failed (${reason}) and could not be taken back: ${why}`, {
      code: "NOT_ROLLED_BACK",
      owner: "environment",
      exitCode: EXIT.failed,
      hint: "evenkeel status, then evenkeel rollback --execute: it goes on with what is left",
      cause: error,
    });
  }
}

/** @returns what is not as it should be at its end, and is no reason to fail */
async function goBack(going: GoingBack): Promise<readonly string[]> {
  const { ports, options, open, done, phases, span, plan, onDone } = going;
  const left: string[] = [];
  for (let tries = 1; ; tries += 1) {
    try {
      await runSteps({
        ports,
        options,
        to: open.from,
        from: open.to,
        upgrade: open.upgrade,
        done,
        phases,
        held: false,
        watch: () => undefined,
        plan,
        onDone: (step, facts) => {
          onDone(step, facts);
          if (Array.isArray(facts["left"])) left.push(...facts["left"].map(String));
        },
      });
      return left;
    } catch (error) {
      if (options.signal?.aborted) throw error;
      if (isRefused(error)) throw await turnedRound(going, error);
      if (tries >= TRIES_MAX) throw error;
      const why = oneLine(error instanceof Error ? error.message : String(error));
      span.emit("WARNING", `a step of the way back failed; it is planned anew: ${why}`, { reason: why });
    }
  }
}

async function endTaken(going: GoingBack, left: readonly string[]): Promise<EngineOutcome> {
  const { ports, open, reason, phases, span, watch, done } = going;
  const outages = watch.outages();
  const witness = await watch.end();
  const notes = [...left, ...watch.unread()];
  const told = tellRollback(reason, { from: open.from, done, outages, notes });
  const failovers = electionEpoch(await ports.observe()) - open.epoch;
  await finish(ports, "rolled-back", told);
  span.finish("ROLLBACK_FINISHED", `every pod runs ${formatEngine(open.from)} again`, { outcome: "passed" });
  return { result: "rolled-back", from: open.from, to: open.to, reason: told, failovers, phases, witness };
}

const isRefused = (error: unknown): error is EvenkeelError =>
  isEvenkeelError(error) && error.exitCode === EXIT.refused && !error.retryable;

/**
 * Waits until the way back can be planned: an election takes its time, and a node that does not answer may come back. Where there is
 * no way back the run stays open as it is, so that the same command goes on forward: a rollback that was begun and cannot end would be
 * a dead end.
 * @throws EvenkeelError `NO_WAY_BACK` (exit 6)
 */
async function requireWayBack(going: GoingBack): Promise<void> {
  const { ports, options, plan, span } = going;
  let last: EvenkeelError | undefined;
  try {
    await waitUntil(
      "a way back that can be planned",
      async () => {
        try {
          plan(await ports.observe(), await ports.platform.pods());
          return { reached: true, value: true };
        } catch (error) {
          if (!isEvenkeelError(error) || !error.retryable) throw error;
          last = error;
          return { reached: false, reason: error.message };
        }
      },
      {
        clock: ports.clock,
        deadlineMs: options.policy.hard.podBackMs,
        recorder: span,
        signal: options.signal,
        everyMs: 250,
        quiet: true,
      },
    );
  } catch (error) {
    if (isRefused(error)) throw await noWayBack(going, error);
    if (last && isEvenkeelError(error) && error.code === "DEADLINE") throw await noWayBack(going, last);
    throw error;
  }
}

/** A way back that was begun and turned out to lead nowhere: the run is open again as before it. */
async function turnedRound(going: GoingBack, error: EvenkeelError): Promise<EvenkeelError> {
  await going.ports.store.journal.append({ kind: "noted", topic: NO_WAY_BACK, facts: { reason: error.message } });
  return noWayBack(going, error);
}

async function noWayBack(going: GoingBack, error: EvenkeelError): Promise<EvenkeelError> {
  const { ports, options, open, reason, watch, span } = going;
  await relieve({ ports, options, open, watch, span });
  const forward = `evenkeel upgrade --to ${formatEngine(open.to)} --execute goes on forward`;
  return new EvenkeelError(`the upgrade stopped (${reason}), and there is no way back: ${error.message}`, {
    code: "NO_WAY_BACK",
    owner: "environment",
    exitCode: EXIT.braked,
    hint: `${forward}; ${error.hint ?? "evenkeel status"}`,
    cause: error,
  });
}

/** The run's own snapshots, and how many seconds of writes are not in them. */
export function snapshotOf({ upgrade, snapshotAt }: OpenRun): { snapshotSet?: string; snapshotAgeSeconds?: number } {
  if (snapshotAt === undefined) return {};
  return { snapshotSet: upgrade, snapshotAgeSeconds: Math.round((Date.now() - Date.parse(snapshotAt)) / 1000) };
}

async function endQuietly(watch: Watch): Promise<readonly WitnessReport[]> {
  return watch.end().catch(() => []);
}
