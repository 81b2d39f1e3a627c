import { conditionsOf } from "./conditions-of.js";
import { byOrdinal, type Member } from "./member.js";
import type { PairLimits } from "./pair-limits.js";
import { type DraftCluster, type DraftShard, membersOf } from "./shards.js";
import { EXPECTED, type ExpectedTimes, type PlanTiming } from "./timing.js";
import type { Act, PhaseName, Step, WayBack } from "./types.js";

/** A plan in the making: its steps, and the cluster as it will be once they are done. */
export interface Draft extends DraftCluster {
  readonly steps: Step[];
  /** True when pods come to run the former version again. */
  readonly back: boolean;
  readonly limits: PairLimits;
  readonly timing: PlanTiming;
  /** Way back of each shard, now. */
  readonly levels: WayBack[];
  readonly tally: Record<WayBack, number>;
}

/** Starts a plan from what is. */
export function startDraft(
  cluster: DraftCluster,
  settings: { readonly back: boolean; readonly limits: PairLimits; readonly timing: PlanTiming },
): Draft {
  const levels = cluster.shards.map((shard) => levelOf(shard, settings.limits));
  const tally: Record<WayBack, number> = { none: 0, R0: 0, R1: 0, R2: 0 };
  for (const level of levels) tally[level] += 1;
  return { ...cluster, ...settings, steps: [], levels, tally };
}

/** Adds a step and goes on from the cluster as it leaves it. */
export function addStep(draft: Draft, phase: PhaseName, act: Act): void {
  const copies = "shard" in act ? (draft.shards[act.shard]?.replicas.length ?? 0) : 0;
  apply(draft, act);
  const { deadlineMs, expectedMs } = times(act, draft.timing);
  draft.steps.push({
    id: stepId(phase, act),
    phase,
    act,
    ...conditionsOf(act, { copies, back: draft.back }),
    deadlineMs,
    wayBack: wayBack(draft),
    expectedMs,
  });
}

/** What a rollback would cost as the draft stands: the worst of its shards. */
export function wayBack({ tally }: Draft): WayBack {
  if (tally.R2 > 0) return "R2";
  if (tally.R1 > 0) return "R1";
  return tally.R0 > 0 ? "R0" : "none";
}

/** Numbers of the shards beyond the point of no return. */
export function passedShards({ shards, levels }: Draft): readonly number[] {
  return shards.filter((_, place) => levels[place] === "R2").map((shard) => shard.index);
}

function levelOf(shard: DraftShard, { backUntilCommit, backAfterCommit }: PairLimits): WayBack {
  if (shard.primary.old) return shard.replicas.some((one) => !one.old) ? "R0" : "none";
  if (backAfterCommit) return "R1";
  const kept = shard.replicas.some((one) => one.old && one.answers && one.copy === "in-step");
  return kept && backUntilCommit ? "R1" : "R2";
}

function stepId(phase: PhaseName, act: Act): string {
  const head = `${phase.replaceAll(" ", "-")}/${act.kind}`;
  switch (act.kind) {
    case "roll":
    case "hand-over":
    case "remove-replica":
      return `${head}/${act.pod}`;
    case "snapshot":
    case "add-replica":
    case "restore":
      return `${head}/shard-${act.shard}`;
    default:
      return head;
  }
}

function apply(draft: Draft, act: Act): void {
  const shard = "shard" in act ? draft.shards[act.shard] : undefined;
  if (!shard) return;
  switch (act.kind) {
    case "roll":
      shard.primary = rolled(shard.primary, act.pod, draft.back);
      shard.replicas = shard.replicas.map((one) => rolled(one, act.pod, draft.back));
      break;
    case "hand-over": {
      const members = membersOf(shard);
      shard.primary = members.find((one) => one.name === act.to) ?? shard.primary;
      shard.replicas = members.filter((one) => one.name !== act.to).toSorted(byOrdinal);
      break;
    }
    case "remove-replica":
      shard.replicas = shard.replicas.filter((one) => one.name !== act.pod);
      break;
    case "restore":
      shard.primary = { ...shard.primary, old: true };
      shard.replicas = shard.replicas.map((one) => ({ ...one, old: true }));
      break;
    default:
  }
  relevel(draft, shard);
}

/** Adds the replica that an `add-replica` step will bring. */
export function joinShard(draft: Draft, shard: DraftShard, { name, ordinal }: Pick<Member, "name" | "ordinal">): void {
  const { old } = shard.primary;
  const joined: Member = { name, ordinal, host: "", old, surge: true, answers: true, crashed: false, copy: "in-step" };
  shard.replicas = [...shard.replicas, joined];
  relevel(draft, shard);
}

function relevel(draft: Draft, shard: DraftShard): void {
  const before = draft.levels[shard.index] ?? "none";
  const after = levelOf(shard, draft.limits);
  draft.tally[before] -= 1;
  draft.tally[after] += 1;
  draft.levels[shard.index] = after;
}

const rolled = (member: Member, name: string, old: boolean): Member =>
  member.name === name ? { ...member, old, answers: true, crashed: false, copy: "in-step" } : member;

function times(act: Act, timing: PlanTiming): { readonly deadlineMs: number; readonly expectedMs: number } {
  const expected: ExpectedTimes = timing.expected ?? EXPECTED;
  const of = (key: keyof ExpectedTimes) => ({ deadlineMs: timing[key], expectedMs: expected[key] });
  switch (act.kind) {
    case "roll":
    case "add-replica":
    case "remove-replica":
      return of("podMs");
    case "hand-over":
      return of("handoverMs");
    case "snapshot":
      return of("snapshotMs");
    case "soak":
      // A soak ends by its own clock; the rest is for a pod that has to settle.
      return { deadlineMs: act.ms + timing.checkMs, expectedMs: act.ms };
    case "restore":
      return { deadlineMs: timing.snapshotMs + 2 * timing.podMs, expectedMs: expected.snapshotMs + 2 * expected.podMs };
    case "try-configuration":
      return { deadlineMs: timing.configurationMs, expectedMs: expected.checkMs };
    default:
      return of("checkMs");
  }
}
