import { planPlacement, type PlacementPlan, type PlannedHandover } from "../../cluster/plan-placement.js";
import { formatEngine } from "../../cluster/engines.js";
import { formatSlots, sameSlots } from "../../cluster/slots.js";
import type { Finding, Topology } from "../../cluster/types.js";
import { EvenkeelError, isEvenkeelError } from "../../errors/evenkeel-error.js";
import { blocksHandover, findAll, isPlacement, refuseBlocked, untilChecksPass } from "./acts/check.js";
import { handOver } from "./acts/hand-over.js";
import { refused, stepFailed } from "./failures.js";
import { findOpenRun } from "./open-run.js";
import type { EngineOptions, EnginePorts } from "./ports.js";
import { takeLease } from "./run-record.js";

export type PlacementOptions = Pick<EngineOptions, "policy" | "by" | "recorder" | "signal">;

/** What was done about where the primaries stand. */
export interface PlacementOutcome {
  /** As it was planned before anything was done. */
  readonly plan: PlacementPlan;
  readonly done: readonly PlannedHandover[];
  /** As it is now; nothing is left to hand over. */
  readonly now: PlacementPlan;
  /** Those about the placement that fail at the end. */
  readonly findings: readonly Finding[];
}

/** The cluster at one moment, and what would better it. */
export interface PlacementLook {
  readonly topology: Topology;
  readonly plan: PlacementPlan;
}

/** Plans from what is. */
export async function lookAtPlacement({
  platform,
  observe,
}: Pick<EnginePorts, "platform" | "observe">): Promise<PlacementLook> {
  const topology = await observe();
  const pods = await platform.pods();
  return {
    topology,
    plan: planPlacement(
      topology,
      pods.filter(({ address }) => address !== ""),
    ),
  };
}

/**
 * Hands primaries over, one verified hand-over after the other, until no further one betters where they stand. Planned again
 * from what is after each. An interrupt is heard before the next one.
 * @throws EvenkeelError `UPGRADE_RUNS`, `UPGRADE_OPEN`, `CHECKS_BLOCK` (exit 3) before anything is touched; `HANDOVER_FAILED`,
 * `HANDOVER_ELSEWHERE`, `DEADLINE` (exit 4); the signal's reason when interrupted
 */
export async function runPlacement(ports: EnginePorts, options: PlacementOptions): Promise<PlacementOutcome> {
  await takeLease(ports, options);
  try {
    await refuseOpenUpgrade(ports);
    return await handOverAll(ports, options);
  } finally {
    await ports.store.lease.release();
  }
}

/** An upgrade that was interrupted is gone on with first: its plan counts on who is primary. */
async function refuseOpenUpgrade({ store }: EnginePorts): Promise<void> {
  const open = findOpenRun(await store.journal.read());
  if (!open) return;
  const to = formatEngine(open.to);
  throw refused(
    "UPGRADE_OPEN",
    `an upgrade to ${to} is under way; the primaries have to stay where they are`,
    `evenkeel upgrade --to ${to} --execute, or evenkeel rollback --execute`,
  );
}

async function handOverAll(ports: EnginePorts, options: PlacementOptions): Promise<PlacementOutcome> {
  const { recorder, signal } = options;
  const checking = { ports, options, span: recorder.span("check") };
  let look = await lookAtPlacement(ports);
  const { plan } = look;
  if (plan.handovers.length > 0) {
    const failed = await findAll(checking, look.topology);
    refuseBlocked(failed.filter(blocksHandover), "the hand-overs");
  }
  const done: PlannedHandover[] = [];
  try {
    for (let [next] = plan.handovers; next; [next] = look.plan.handovers) {
      signal?.throwIfAborted();
      requireNew(next, done);
      done.push(await handOverOne(ports, options, next));
      await untilChecksPass(checking);
      look = await lookAtPlacement(ports);
    }
  } catch (error) {
    const said = `${done.length} of ${plan.handovers.length} hand-overs; the same command goes on`;
    if (signal?.aborted) recorder.emit("NOTICE", `stopped after ${said}`, { topic: "place" });
    throw signal?.aborted ? error : withNext(error, said);
  }
  const findings = (await findAll(checking, look.topology)).filter(isPlacement);
  return { plan, done, now: look.plan, findings };
}

/** What was made stays, and is no fault: the next call goes on from there. */
function withNext(error: unknown, done: string): unknown {
  if (!isEvenkeelError(error)) return error;
  const { code, owner, retryable, exitCode, details, message, hint = "evenkeel check pre" } = error;
  return new EvenkeelError(message, {
    code,
    owner,
    retryable,
    exitCode,
    hint,
    details: { ...details, done },
    cause: error,
  });
}

/** An agent hands over to another replica where the one that was named cannot take over: that must not go on for ever. */
function requireNew({ slots, from, to }: PlannedHandover, done: readonly PlannedHandover[]): void {
  const before = done.find((one) => sameSlots(one.slots, slots));
  if (!before) return;
  throw stepFailed(
    "HANDOVER_ELSEWHERE",
    `${formatSlots(slots)} went from ${before.from.pod} to ${from.pod}, and are planned to go on to ${to.pod}: something else moves them`,
    { slots: formatSlots(slots), from: from.pod, to: to.pod },
  );
}

/** @returns what was done, with who really took over */
async function handOverOne(
  ports: EnginePorts,
  { recorder, policy }: PlacementOptions,
  planned: PlannedHandover,
): Promise<PlannedHandover> {
  const { from, to } = planned;
  const span = recorder.span(`hand-over/${from.pod}`);
  const result = await handOver({ ports, span }, { pod: from.pod, to: to.pod }, policy.deadlines.handoverMs);
  const heir = (await ports.platform.pods()).find(({ name }) => name === result.to);
  if (!heir || heir.name === to.pod) return planned;
  const reason = `${to.pod} could not take over at that moment`;
  span.emit("WARNING", `${heir.name} took over from ${from.pod} instead of ${to.pod}`, { reason });
  return { ...planned, to: heir.placement, reason };
}
