import { formatEngine } from "../../cluster/engines.js";
import type { PairVerdict } from "../../cluster/pairs/index.js";
import { chooseTarget, countPrimaryHosts, movePrimary, type PrimaryHosts } from "./choose-target.js";
import { addStep, type Draft, passedShards, startDraft } from "./draft.js";
import { finishPlan } from "./finish-plan.js";
import type { Member } from "./member.js";
import { pairLimits, type PairLimits } from "./pair-limits.js";
import { refuse } from "./refuse.js";
import { refuseUnreadable } from "./refuse-unsafe.js";
import { type DraftShard, membersOf, type Observed, readShards } from "./shards.js";
import { removeSurge } from "./surge.js";
import type { PlanTiming } from "./timing.js";
import type { Plan } from "./types.js";

/** `from` is the version to return to, `to` the one to leave: the same words as in the upgrade that is taken back. */
export interface RollbackInputs extends Observed {
  /** What is known of `from` to `to`: it says what way back there is. */
  readonly pair: PairVerdict;
  /** What is known of `to` to `from`: asked where nothing is known of `pair`. */
  readonly backPair: PairVerdict;
  readonly timing: PlanTiming;
  /** Restores the snapshot where nothing else leads back. */
  readonly acceptDataLoss: boolean;
  /** The snapshots of this upgrade. */
  readonly snapshotSet?: string;
  /** So many seconds of writes are not in them. */
  readonly snapshotAgeSeconds?: number;
  /** The platform starts pods with `from` already and holds nothing back. @default false */
  readonly rests?: boolean;
}

/**
 * Plans the way back from whatever is observed, be it in the middle of another rollback: slots go back to copies on the former
 * version, then every pod that runs the other version is replaced while it owns no slots. Pods that do not start are replaced
 * too. When every pod runs the former version already, only the template and the platform's rest are left, and nothing at all
 * when it is known to rest.
 * @returns a plan with `to` the version to return to
 * @throws EvenkeelError `UPGRADE_REFUSED` (exit 3) when a shard has no way back without loss and the loss was not accepted, or
 * when something has to settle first (then it is retryable)
 */
export function planRollback(inputs: RollbackInputs): Plan {
  refuseUnreadable(inputs);
  const draft = startDraft(readShards(inputs), { back: true, limits: limitsOf(inputs), timing: inputs.timing });
  const passed = passedShards(draft);
  const notes: string[] = [];
  const pods = [...draft.shards.flatMap(membersOf), ...draft.outside];
  const toRoll = pods.filter((one) => !one.old || one.surge);
  if (toRoll.length > 0 || inputs.rests !== true) {
    addStep(draft, "stage", { kind: "stage" });
    revive(draft);
    handBack(draft);
    passAgain(inputs, draft, notes);
    rollBack(draft);
    removeSurge(draft);
    addStep(draft, "post-check", { kind: "check", when: "post" });
    addStep(draft, "finish", { kind: "finish" });
  }
  const silent = pods.filter((one) => one.old && !one.answers);
  const restored = draft.steps.find((step) => step.act.kind === "restore");
  return finishPlan({ from: inputs.to, to: inputs.from }, draft, {
    direction: "rollback",
    passed,
    ...(restored ? { pointOfNoReturn: restored.id } : {}),
    notes: [
      ...notes,
      ...silent.map((one) => `${one.name} runs the former version but does not answer: it is left as it is`),
    ],
  });
}

/** Where the pair as such is not known, its reverse may be: an upgrade the other way round then does the same. */
function limitsOf({ pair, backPair }: RollbackInputs): PairLimits {
  const limits = pairLimits(pair);
  if (pair.known || !backPair.known) return limits;
  const { row } = backPair;
  return { ...limits, backAfterCommit: row.roll === "allowed" && row.fullSync.forward === "yes" };
}

const isNew = (one: Member): boolean => !one.old;

function roll(draft: Draft, shard: number, { name }: Member): void {
  addStep(draft, "roll back", { kind: "roll", shard, pod: name });
}

/**
 * A slot owner whose server ended is replaced at once when nobody could be elected in its place: it serves nobody, and on the
 * other version it may never start. Where a replica answers, the cluster elects it by itself: that is waited for.
 */
function revive(draft: Draft): void {
  for (const shard of draft.shards.filter(({ primary }) => !primary.answers)) {
    const { primary, replicas, index } = shard;
    const living = replicas.filter((one) => one.answers);
    if (primary.crashed && isNew(primary) && living.length === 0) {
      roll(draft, index, primary);
      continue;
    }
    const why = living.length > 0 ? `${living.map((one) => one.name).join(", ")} may be elected` : "it may come back";
    throw refuse(`${primary.name}, which owns the slots of shard ${index}, does not answer: ${why}`, {
      hint: "evenkeel status, then the same command again",
      retryable: true,
    });
  }
}

/** Copies that can take over now, or will catch up by themselves. */
function heirs(shard: DraftShard, { backAfterCommit, backUntilCommit }: PairLimits): readonly Member[] {
  if (!backAfterCommit && !backUntilCommit) return [];
  const old = shard.replicas.filter((one) => one.old && one.answers);
  // A full copy from the newer version ends only where the older one can read it.
  const coming = old.filter((one) => one.copy === "lagging" || (backAfterCommit && one.copy === "syncing"));
  const inStep = old.filter((one) => one.copy === "in-step");
  return inStep.length > 0 ? inStep : coming;
}

/** Clients first: the version that is left serves nobody any more before any of its pods is replaced. */
function handBack(draft: Draft): void {
  const hosts = countPrimaryHosts(draft.shards);
  for (const shard of draft.shards.filter(({ primary }) => isNew(primary))) {
    handBackShard(draft, shard, hosts);
  }
}

function handBackShard(draft: Draft, shard: DraftShard, hosts: PrimaryHosts): boolean {
  const former = shard.primary;
  const target = chooseTarget(heirs(shard, draft.limits), former, hosts);
  if (!target) return false;
  addStep(draft, "hand back", { kind: "hand-over", shard: shard.index, pod: former.name, to: target.name });
  movePrimary(hosts, former, target);
  return true;
}

/** Shards without an old copy to hand back to: one is made where the pair allows it, else there is the snapshot only. */
function passAgain(inputs: RollbackInputs, draft: Draft, notes: string[]): void {
  const hosts = countPrimaryHosts(draft.shards);
  for (const shard of draft.shards.filter(({ primary }) => isNew(primary))) {
    if (!draft.limits.backAfterCommit) {
      restore(inputs, draft, { shard, notes });
      continue;
    }
    // A copy on the former version whose link broke is started anew: it is filled from the primary then.
    const target =
      chooseTarget(
        shard.replicas.filter((one) => !one.surge),
        shard.primary,
        hosts,
      ) ?? shard.replicas[0];
    if (!target) {
      throw refuse(
        `shard ${shard.index} (${shard.primary.name}) has no replica to go back to: its slots would go unserved`,
        {
          hint: `evenkeel upgrade --to ${formatEngine(inputs.from)} --surge adds one and leads back`,
        },
      );
    }
    roll(draft, shard.index, target);
    handBackShard(draft, shard, hosts);
  }
}

function restore(
  { acceptDataLoss, snapshotSet, snapshotAgeSeconds, from, to, pair }: RollbackInputs,
  draft: Draft,
  { shard, notes }: { readonly shard: DraftShard; readonly notes: string[] },
): void {
  const { index } = shard;
  const kept = shard.replicas.filter((one) => one.old);
  const broken = kept.map((one) => `${one.name} (${one.answers ? one.copy : "silent"})`);
  const why = pair.known ? pair.row.wayBack.why : pair.reason;
  const state =
    broken.length > 0
      ? `its copies on ${formatEngine(from)} are not in step: ${broken.join(", ")}`
      : `no copy of it runs ${formatEngine(from)}`;
  const message = `shard ${index} has passed the point of no return: ${state}; from ${formatEngine(to)}, ${why}`;
  const age =
    snapshotAgeSeconds === undefined
      ? "all that was written since"
      : `the writes of the last ${Math.round(snapshotAgeSeconds)} s`;
  if (!acceptDataLoss) {
    throw refuse(message, {
      hint: `evenkeel rollback --execute --accept-data-loss restores the snapshot and loses ${age}`,
      // One that is lost will not be in step again, however long it is waited for.
      retryable: kept.some((one) => one.copy !== "lost"),
    });
  }
  if (snapshotSet === undefined || (pair.known && pair.row.wayBack.afterCommit === "none")) {
    throw refuse(`${message}; there is no snapshot of it to restore`, { hint: "evenkeel snapshots" });
  }
  addStep(draft, "roll back", { kind: "restore", shard: index, snapshotSet });
  notes.push(`shard ${index} is restored from snapshot ${snapshotSet}: ${age} are lost`);
}

/** Every pod of the version to leave, now that none of them owns slots. Added ones are not worth it: they go anyway. */
function rollBack(draft: Draft): void {
  for (const shard of draft.shards) {
    for (const one of shard.replicas.filter((member) => isNew(member) && !member.surge)) roll(draft, shard.index, one);
  }
  for (const one of draft.outside.filter((member) => isNew(member) && !member.surge)) roll(draft, -1, one);
}
