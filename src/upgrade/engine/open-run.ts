import type { JournalRecord } from "../../ports/journal.js";
import type { PodTemplate } from "../../ports/platform.js";

/** What `begun` keeps, so that the same command can be taken up by anybody. */
export interface Begun {
  readonly upgrade: string;
  readonly from: PodTemplate;
  readonly to: PodTemplate;
  readonly acceptUnknownPair: boolean;
  readonly acceptDataLoss: boolean;
  readonly surge: boolean;
  /** `cluster_current_epoch` when it began: failovers are counted from there. */
  readonly epoch: number;
}

/** A run that was begun and did not end. */
export interface OpenRun extends Begun {
  readonly done: ReadonlySet<string>;
  /** True once something of the cluster was changed. */
  readonly touched: boolean;
  /** Why it is being taken back, when it is. */
  readonly rollback: string | undefined;
  readonly doneInRollback: ReadonlySet<string>;
}

/** Steps that change nothing of a running cluster. */
const HARMLESS = /^(preflight|snapshot)\//;

/** Reads the journal: the run that is open, if one is. */
export function findOpenRun(records: readonly JournalRecord[]): OpenRun | undefined {
  let open:
    | (Begun & { done: Set<string>; touched: boolean; rollback: string | undefined; doneInRollback: Set<string> })
    | undefined;
  for (const record of records) {
    if (record.kind === "begun") {
      open = {
        ...(record.plan as Begun),
        done: new Set(),
        touched: false,
        rollback: record.direction === "rollback" ? "asked for" : undefined,
        doneInRollback: new Set(),
      };
      continue;
    }
    if (!open) continue;
    if (record.kind === "finished") open = undefined;
    else if (record.kind === "rollback-begun") open.rollback = record.reason;
    else if (record.kind === "step-started") open.touched ||= !HARMLESS.test(record.step);
    else if (record.kind === "step-done")
      (open.rollback === undefined ? open.done : open.doneInRollback).add(record.step);
  }
  return open;
}
