import { formatEngine } from "../../cluster/engines.js";
import type { PairVerdict } from "../../cluster/pairs/index.js";
import { chooseTarget, countPrimaryHosts, movePrimary, type PrimaryHosts } from "./choose-target.js";
import { finishPlan } from "./finish-plan.js";
import { addStep, type Draft, passedShards, startDraft, wayBack } from "./draft.js";
import { byOrdinal, type Member } from "./member.js";
import { pairLimits } from "./pair-limits.js";
import { refuse } from "./refuse.js";
import { refuseUnreadable, refuseUnsettled } from "./refuse-unsafe.js";
import { type DraftShard, membersOf, type Observed, readShards } from "./shards.js";
import { addSurge, removeSurge } from "./surge.js";
import type { PlanTiming } from "./timing.js";
import type { Plan } from "./types.js";
import { placementNotes, redundancyNotes } from "./upgrade-notes.js";
import { describePair } from "../../cluster/pairs/index.js";

export type { PlanTiming } from "./timing.js";

export interface UpgradeInputs extends Observed {
  /** What is known of `from` to `to`. */
  readonly pair: PairVerdict;
  readonly acceptUnknownPair: boolean;
  /** One more replica per shard during the roll; a shard without a replica needs it. */
  readonly surge: boolean;
  readonly timing: PlanTiming;
  /** What this upgrade has behind it and nobody can see in the cluster. */
  readonly done: { readonly snapshot: boolean; readonly canarySoaked: boolean; readonly soaked: boolean };
  /** The platform starts pods with the target already and holds nothing back. @default false */
  readonly rests?: boolean;
}

/**
 * Plans an upgrade from what is: what the observed cluster has behind it is left out, so that half an upgrade is planned to
 * its end. The same inputs give the same plan. A cluster that runs the target wholly gets the last check and `finish` only, and
 * no steps at all when it is known to rest.
 * @throws EvenkeelError `UPGRADE_REFUSED` (exit 3), with the reason and the next command, for what cannot be planned safely
 */
export function planUpgrade(inputs: UpgradeInputs): Plan {
  refuseUnreadable(inputs);
  refuseUnsettled(inputs);
  const { pair, timing } = inputs;
  const draft = startDraft(readShards(inputs), { back: false, limits: pairLimits(pair), timing });
  const before = countPrimaryHosts(draft.shards);
  const level = wayBack(draft);
  const passed = passedShards(draft);
  const thin = inputs.surge ? [] : redundancyNotes(draft.shards);
  const single = draft.shards.filter((shard) => shard.primary.old && isSingle(shard));
  if (draft.shards.some((shard) => membersOf(shard).some((one) => one.old || one.surge))) {
    refusePair(inputs, draft);
    refuseLonely(inputs, single);
    planSteps(inputs, draft);
  }
  if (draft.steps.length > 0 || inputs.rests !== true) {
    addStep(draft, "post-check", { kind: "check", when: "post" });
    addStep(draft, "finish", { kind: "finish" });
  }
  const late = draft.steps.find((step) => step.wayBack === "R2");
  return finishPlan(inputs, draft, {
    direction: "upgrade",
    passed,
    ...(late && level !== "R2" ? { pointOfNoReturn: late.id } : {}),
    notes: [
      ...describePair(pair),
      ...(level === "R2"
        ? [
            `shard ${passed.join(", ")} has no copy in step on ${formatEngine(inputs.from)} any more: for it the point of no return is passed`,
          ]
        : []),
      ...thin,
      ...single.map((shard) => `shard ${shard.index} has no replica of its own: it takes one hand-over more`),
      ...placementNotes(before, countPrimaryHosts(draft.shards), draft.shards.length),
    ],
  });
}

const ordinary = (one: Member): boolean => !one.surge;

/** A shard with one pod of its own. */
const isSingle = (shard: DraftShard): boolean => membersOf(shard).filter(ordinary).length <= 1 && !shard.primary.surge;

function refusePair({ pair, acceptUnknownPair, to }: UpgradeInputs, draft: Draft): void {
  if (!draft.shards.some((shard) => membersOf(shard).some((one) => one.old))) return;
  const name = `${formatEngine(pair.from)} to ${formatEngine(pair.to)}`;
  if (pair.known) {
    if (pair.row.roll === "allowed") return;
    throw refuse(`${name} cannot be rolled in one cluster: ${pair.row.reason ?? "refused"}`, {
      hint: "evenkeel plan --to another version; a second cluster takes the data command by command",
    });
  }
  if (acceptUnknownPair) return;
  throw refuse(`${name} is not known: ${pair.reason}`, {
    hint: `evenkeel upgrade --to ${formatEngine(to)} --accept-unknown-pair takes the risk`,
  });
}

function refuseLonely({ surge, to }: UpgradeInputs, single: readonly DraftShard[]): void {
  const lonely = single.find((shard) => shard.replicas.length === 0);
  if (!lonely || surge) return;
  throw refuse(
    `shard ${lonely.index} (${lonely.primary.name}) has no replica to hand over to: its slots would go unserved`,
    { hint: `evenkeel upgrade --to ${formatEngine(to)} --surge adds one for the time of the upgrade` },
  );
}

function planSteps(inputs: UpgradeInputs, draft: Draft): void {
  const { done, timing } = inputs;
  addStep(draft, "preflight", { kind: "check", when: "pre" });
  addStep(draft, "preflight", { kind: "try-configuration" });
  if (!done.snapshot) addSnapshots(draft);
  addSurge(draft, inputs);
  if (draft.shards.some((shard) => membersOf(shard).some((one) => one.old && ordinary(one))))
    addStep(draft, "stage", { kind: "stage" });
  repair(draft);
  addCanary(draft, inputs);
  for (const shard of draft.shards.filter(({ primary }) => primary.old)) {
    for (const one of shard.replicas.filter(rollsEarly)) roll(draft, "replicas", shard, one);
  }
  addHandOvers(draft);
  const late = lateRolls(draft.shards);
  const kept = draft.shards.some((shard) => membersOf(shard).some((one) => one.surge && one.old));
  if (!done.soaked && (late.length > 0 || kept))
    addStep(draft, "soak", { kind: "soak", ms: timing.soakMs, what: "all" });
  for (const { shard, member } of late) roll(draft, "commit", shard, member);
  removeSurge(draft);
}

/**
 * A copy that cannot read what its primary sends empties itself and asks for the next full copy at once: it holds nothing worth
 * keeping, and each of its attempts costs the primary a fork.
 */
function repair(draft: Draft): void {
  for (const shard of draft.shards.filter(({ primary }) => !primary.old)) {
    for (const one of shard.replicas.filter(({ old, copy }) => old && copy === "lost")) {
      const at = { shard: shard.index, pod: one.name };
      addStep(draft, "repair", one.surge ? { kind: "remove-replica", ...at } : { kind: "roll", ...at });
    }
  }
}

const rollsEarly = (one: Member): boolean => one.old && ordinary(one);

function roll(draft: Draft, phase: "canary" | "replicas" | "commit", shard: DraftShard, { name }: Member): void {
  addStep(draft, phase, { kind: "roll", shard: shard.index, pod: name });
}

/** From a copy that the former engine has written, as long as there is one: only that is sure to be readable by it. */
function addSnapshots(draft: Draft): void {
  for (const shard of draft.shards) {
    const rank = (one: Member): number =>
      4 * Number(one.old) + 2 * Number(one.copy === "in-step") + Number(one !== shard.primary);
    const [source] = membersOf(shard).toSorted((a, b) => rank(b) - rank(a) || byOrdinal(a, b));
    if (source) addStep(draft, "snapshot", { kind: "snapshot", shard: shard.index, pod: source.name });
  }
}

/** One replica first, where most others are left. Whatever runs the target already has been the canary. */
function addCanary(draft: Draft, { done, timing }: UpgradeInputs): void {
  if (done.canarySoaked) return;
  const waiting = draft.shards.filter((shard) => shard.primary.old);
  if (waiting.length === 0) return;
  if (!draft.shards.some((shard) => membersOf(shard).some((one) => !one.old))) {
    const own = (shard: DraftShard): readonly Member[] => shard.replicas.filter(rollsEarly);
    const [shard] = waiting.toSorted((a, b) => own(b).length - own(a).length || a.index - b.index);
    const first = shard && own(shard)[0];
    if (shard && first) roll(draft, "canary", shard, first);
  }
  addStep(draft, "canary", { kind: "soak", ms: timing.canarySoakMs, what: "canary" });
}

function addHandOvers(draft: Draft): void {
  const hosts: PrimaryHosts = countPrimaryHosts(draft.shards);
  for (const shard of draft.shards.filter(({ primary }) => primary.old)) {
    const former = shard.primary;
    const target = chooseTarget(
      shard.replicas.filter((one) => !one.old),
      former,
      hosts,
    );
    if (!target) {
      throw refuse(`shard ${shard.index} (${former.name}) has no replica that could take its slots over`, {
        hint: "evenkeel check pre",
      });
    }
    addStep(draft, "hand over", { kind: "hand-over", shard: shard.index, pod: former.name, to: target.name });
    movePrimary(hosts, former, target);
  }
}

/** Old copies of shards whose primary is new. The last one of a shard goes after all others: nothing is given up early. */
function lateRolls(shards: readonly DraftShard[]): readonly { readonly shard: DraftShard; readonly member: Member }[] {
  const copies = shards
    .filter(({ primary }) => !primary.old)
    .map((shard) => ({
      shard,
      members: shard.replicas
        .filter(rollsEarly)
        .toSorted((a, b) => Number(a.copy === "in-step") - Number(b.copy === "in-step") || byOrdinal(a, b)),
    }));
  const spare = copies.flatMap(({ shard, members }) => members.slice(0, -1).map((member) => ({ shard, member })));
  const last = copies.flatMap(({ shard, members }) => members.slice(-1).map((member) => ({ shard, member })));
  return [...spare, ...last];
}
