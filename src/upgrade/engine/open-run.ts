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
  /** Where a finished upgrade is taken back: when its snapshots were taken, which its own, closed journal says. */
  readonly snapshotAt?: string | undefined;
}

/** A run that was begun and did not end. */
export interface OpenRun extends Begun {
  readonly done: ReadonlySet<string>;
  /** True once something of the cluster was changed. */
  readonly touched: boolean;
  /** Why it is being taken back, when it is. */
  readonly rollback: string | undefined;
  readonly doneInRollback: ReadonlySet<string>;
  /** Pods that were added for the roll and not removed again. */
  readonly surgePods: readonly string[];
  /** When the snapshots of this run were taken, ISO 8601; undefined before. */
  readonly snapshotAt: string | undefined;
}

/** A run that begins now. */
export function newRun(begun: Begun, over: Partial<OpenRun> = {}): OpenRun {
  return {
    snapshotAt: undefined,
    ...begun,
    done: new Set(),
    touched: false,
    rollback: undefined,
    doneInRollback: new Set(),
    surgePods: [],
    ...over,
  };
}

/** What a step that is done means for the steps to come. */
export function recall(
  run: Pick<OpenRun, "surgePods" | "snapshotAt">,
  step: string,
  facts: Readonly<Record<string, unknown>>,
): Pick<OpenRun, "surgePods" | "snapshotAt"> {
  const added = typeof facts["replica"] === "string" ? [facts["replica"]] : [];
  const removed = typeof facts["removed"] === "string" ? facts["removed"] : undefined;
  return {
    surgePods: [...run.surgePods, ...added].filter((pod) => pod !== removed),
    snapshotAt:
      step.startsWith("snapshot/") && typeof facts["takenAt"] === "string"
        ? (run.snapshotAt ?? facts["takenAt"])
        : run.snapshotAt,
  };
}

/** Topic of the note that ends a way back which leads nowhere: the run is open as before it was begun. */
export const NO_WAY_BACK = "no-way-back";

/** Steps that change nothing of a running cluster. */
export const HARMLESS = /^(preflight|snapshot)\//;

/** Reads the journal: the run that is open, if one is. */
export function findOpenRun(records: readonly JournalRecord[]): OpenRun | undefined {
  let open: OpenRun | undefined;
  for (const record of records) {
    if (record.kind === "begun") {
      open = newRun(record.plan as Begun, { rollback: record.direction === "rollback" ? "asked for" : undefined });
    } else if (open) {
      open = after(open, record);
    }
  }
  return open;
}

/** The way back has staged the former version meanwhile, and what was watched is not what is there now. */
function forwardAgain(open: OpenRun): OpenRun {
  const done = new Set([...open.done].filter((step) => HARMLESS.test(step)));
  return { ...open, done, rollback: undefined, doneInRollback: new Set() };
}

function after(open: OpenRun, record: JournalRecord): OpenRun | undefined {
  switch (record.kind) {
    case "finished":
      return undefined;
    case "rollback-begun":
      return { ...open, rollback: record.reason };
    case "noted":
      return record.topic === NO_WAY_BACK ? forwardAgain(open) : open;
    case "step-started":
      return HARMLESS.test(record.step) ? open : { ...open, touched: true };
    case "step-done": {
      const now = { ...open, ...recall(open, record.step, record.facts ?? {}) };
      return open.rollback === undefined
        ? { ...now, done: new Set([...open.done, record.step]) }
        : { ...now, doneInRollback: new Set([...open.doneInRollback, record.step]) };
    }
    default:
      return open;
  }
}
