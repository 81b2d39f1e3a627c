import { findPair } from "../../cluster/pairs/index.js";
import { formatEngine } from "../../cluster/engines.js";
import type { Topology } from "../../cluster/types.js";
import { EvenkeelError, EXIT, isEvenkeelError } from "../../errors/evenkeel-error.js";
import type { JournalRecord } from "../../ports/journal.js";
import type { Pod, PodTemplate } from "../../ports/platform.js";
import type { WitnessReport } from "../../ports/witness.js";
import { planRollback } from "../plan/plan-rollback.js";
import type { Plan } from "../plan/types.js";
import { refused } from "./failures.js";
import { type Begun, findOpenRun, newRun, type OpenRun, recall } from "./open-run.js";
import type { EngineOptions, EngineOutcome, EnginePorts } from "./ports.js";
import { finish, takeLease } from "./run-record.js";
import { runSteps } from "./run-steps.js";
import { electionEpoch } from "./settled.js";
import { rollbackTiming } from "./timing.js";
import { tellRollback } from "./tell-end.js";
import { startWatch, type Watch } from "./watch.js";

/** More refused attempts than these between an upgrade and its rollback are not looked through. */
const LOOK_BACK = 20;

export interface TakeBack {
  readonly open: OpenRun;
  readonly reason: string;
  /** Of the upgrade that failed: it goes on watching. */
  readonly watch: Watch | undefined;
  readonly phases: Record<string, number>;
}

/**
 * Takes a run back, from whatever step it is in. It is journaled as the upgrade is, so a crash of it is taken up again. Nothing
 * holds it: what it leaves behind would be half of two versions.
 * @throws EvenkeelError `NOT_ROLLED_BACK` (exit 4) with what is left to do
 */
export async function takeBack(
  ports: EnginePorts,
  options: EngineOptions,
  { open, reason, watch, phases }: TakeBack,
): Promise<EngineOutcome> {
  const { recorder } = options;
  const span = recorder.span("rollback");
  let watching = watch;
  let known: Pick<OpenRun, "surgePods" | "snapshotAt"> = open;
  const done = new Set(open.doneInRollback);
  const plan = (topology: Topology, pods: readonly Pod[]): Plan =>
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
      ...snapshotOf(open),
    });
  if (open.rollback === undefined) {
    await requireWayBack(
      async () => plan(await ports.observe(), await ports.platform.pods()),
      { open, reason, watch },
      ports,
    );
    await ports.store.journal.append({ kind: "rollback-begun", reason, plan: undefined });
  }
  span.emit("ROLLBACK_STARTED", `going back to ${formatEngine(open.from)}: ${reason}`, { reason });
  try {
    watching ??= startWatch(ports, options);
    // A way back is not refused because nobody can watch it.
    await watching.ready().catch(() => undefined);
    await runSteps({
      ports,
      options,
      to: open.from,
      upgrade: open.upgrade,
      done,
      phases,
      held: false,
      watch: () => undefined,
      plan,
      onDone: (step, facts) => {
        known = recall(known, step, facts);
      },
    });
    const told = tellRollback(reason, { from: open.from, done, outages: watching?.outages() ?? [] });
    const witness = (await watching?.end()) ?? [];
    const failovers = electionEpoch(await ports.observe()) - open.epoch;
    await finish(ports, "rolled-back", told);
    span.finish("ROLLBACK_FINISHED", `every pod runs ${formatEngine(open.from)} again`, { outcome: "passed" });
    return { result: "rolled-back", from: open.from, to: open.to, reason: told, failovers, phases, witness };
  } catch (error) {
    await endQuietly(watching);
    if (options.signal?.aborted) throw error;
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

/** An election, or a link that comes up again, is over by then. */
const WAY_BACK_WAIT_MS = 30_000;

/**
 * Where there is no way back the run stays open as it is, so that the same command goes on forward: a rollback that was begun and
 * cannot end would be a dead end.
 * @throws EvenkeelError `NO_WAY_BACK` (exit 4)
 */
async function requireWayBack(
  plan: () => Promise<Plan>,
  { open, reason, watch }: Pick<TakeBack, "open" | "reason" | "watch">,
  { clock }: EnginePorts,
): Promise<void> {
  for (const end = clock.now() + WAY_BACK_WAIT_MS; ; await clock.sleep(500)) {
    try {
      await plan();
      return;
    } catch (error) {
      if (!isEvenkeelError(error) || error.exitCode !== EXIT.refused) throw error;
      if (error.retryable && clock.now() < end) continue;
      await endQuietly(watch);
      throw new EvenkeelError(`the upgrade stopped (${reason}), and there is no way back: ${error.message}`, {
        code: "NO_WAY_BACK",
        owner: "environment",
        exitCode: EXIT.failed,
        hint: `evenkeel upgrade --to ${formatEngine(open.to)} --execute goes on forward; ${error.hint ?? "evenkeel status"}`,
        cause: error,
      });
    }
  }
}

/** The last upgrade that came to its end; runs that were refused or taken back changed nothing since. */
async function lastRun({ store }: EnginePorts): Promise<OpenRun | undefined> {
  const archived = await store.journal.archived(LOOK_BACK);
  const passed = archived.find(({ records }) => outcomeOf(records) === "passed");
  return passed && findOpenRun(passed.records.filter((record) => record.kind !== "finished"));
}

function outcomeOf(records: readonly JournalRecord[]): string | undefined {
  const last = records.at(-1);
  return last?.kind === "finished" ? last.outcome : undefined;
}

/** The run's own snapshots, and how many seconds of writes are not in them. */
function snapshotOf({ upgrade, snapshotAt }: OpenRun): { snapshotSet?: string; snapshotAgeSeconds?: number } {
  if (snapshotAt === undefined) return {};
  return { snapshotSet: upgrade, snapshotAgeSeconds: Math.round((Date.now() - Date.parse(snapshotAt)) / 1000) };
}

async function endQuietly(watch: Watch | undefined): Promise<readonly WitnessReport[]> {
  return (await watch?.end().catch(() => [])) ?? [];
}

/**
 * Takes the present upgrade back, or the last finished one where its version pair has a way back.
 * @param former the version that ran before the last upgrade; undefined when none is known
 * @throws EvenkeelError exit 3 when there is nothing to take back, or the pair has no way back; exit 4 as {@link takeBack}
 */
export async function runRollback(
  ports: EnginePorts,
  options: EngineOptions,
  former: PodTemplate | undefined,
): Promise<EngineOutcome> {
  await takeLease(ports, options);
  try {
    const open = findOpenRun(await ports.store.journal.read());
    if (open)
      return await takeBack(ports, options, {
        open,
        reason: open.rollback ?? "asked for",
        watch: undefined,
        phases: {},
      });
    if (!former)
      throw refused(
        "NOTHING_TO_ROLL_BACK",
        "no upgrade is under way, and no former version is known",
        "evenkeel status",
      );
    const topology = await ports.observe();
    const last = await lastRun(ports);
    const begun: Begun = {
      // The snapshots of the upgrade that is taken back are found by its id.
      upgrade: last?.upgrade ?? new Date().toISOString().replaceAll(/[:.]/g, "-"),
      from: former,
      to: await ports.platform.template(),
      acceptUnknownPair: options.acceptUnknownPair,
      acceptDataLoss: options.acceptDataLoss,
      surge: false,
      epoch: electionEpoch(topology),
    };
    const fresh = newRun(begun, { touched: true, rollback: "asked for", snapshotAt: last?.snapshotAt });
    // Refused before anything is written down.
    planRollback({
      topology,
      pods: await ports.platform.pods(),
      from: begun.from,
      to: begun.to,
      pair: findPair(begun.from, begun.to),
      backPair: findPair(begun.to, begun.from),
      timing: rollbackTiming(options.policy),
      acceptDataLoss: options.acceptDataLoss,
      ...snapshotOf(fresh),
    });
    await ports.store.journal.append({
      kind: "begun",
      upgrade: begun.upgrade,
      cluster: options.cluster,
      direction: "rollback",
      plan: begun,
      by: options.by,
    });
    return await takeBack(ports, options, { open: fresh, reason: "asked for", watch: undefined, phases: {} });
  } finally {
    await ports.store.lease.release();
  }
}
