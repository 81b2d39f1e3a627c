import { findPair } from "../../cluster/pairs/index.js";
import type { JournalRecord } from "../../ports/journal.js";
import type { PodTemplate } from "../../ports/platform.js";
import { planRollback } from "../plan/plan-rollback.js";
import { refused } from "./failures.js";
import { type Begun, findOpenRun, newRun, type OpenRun } from "./open-run.js";
import type { EngineOptions, EngineOutcome, EnginePorts } from "./ports.js";
import { takeLease } from "./run-record.js";
import { electionEpoch } from "./settled.js";
import { snapshotOf, takeBack } from "./take-back.js";
import { rollbackTiming } from "./timing.js";

/** More refused attempts than these between an upgrade and its rollback are not looked through. */
const LOOK_BACK = 20;

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

/**
 * Takes the present upgrade back, or the last finished one where its version pair has a way back.
 * @param former the version that ran before the last upgrade; undefined when none is known
 * @throws EvenkeelError exit 3 when there is nothing to take back, or the pair has no way back; exit 4 and 6 as {@link takeBack}
 */
export async function runRollback(
  ports: EnginePorts,
  options: EngineOptions,
  former: PodTemplate | undefined,
): Promise<EngineOutcome> {
  await takeLease(ports, options);
  try {
    const open = findOpenRun(await ports.store.journal.read());
    if (open) {
      const reason = open.rollback ?? "asked for";
      return await takeBack(ports, options, { open, reason, watch: undefined, phases: {} });
    }
    if (!former) {
      throw refused(
        "NOTHING_TO_ROLL_BACK",
        "no upgrade is under way, and no former version is known",
        "evenkeel status",
      );
    }
    const fresh = await begin(ports, options, former);
    return await takeBack(ports, options, { open: fresh, reason: "asked for", watch: undefined, phases: {} });
  } finally {
    await ports.store.lease.release();
  }
}

/** Takes the last finished upgrade up again, backwards. Refused before anything is written down. */
async function begin(ports: EnginePorts, options: EngineOptions, former: PodTemplate): Promise<OpenRun> {
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
    snapshotAt: last?.snapshotAt,
  };
  const fresh = newRun(begun, { touched: true, rollback: "asked for" });
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
  return fresh;
}
