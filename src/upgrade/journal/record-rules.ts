import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";
import type { JournalEntry, JournalRecord } from "../../ports/journal.js";

/** Whose journal it is. */
export interface JournalOwner {
  /** Identity of the cluster; a journal of another one is refused. */
  readonly cluster: string;
  /** What to do with a journal of another cluster, where it is kept. */
  readonly hintIfForeign: string;
}

function requireSame(found: string, what: string, { cluster, hintIfForeign }: JournalOwner): void {
  if (found === cluster) return;
  throw new EvenkeelError(`${what} is of another cluster: it says ${found}, this one is ${cluster}`, {
    code: "JOURNAL_FOREIGN",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: hintIfForeign,
    details: { found, cluster },
  });
}

/**
 * Refuses what another cluster's upgrade wrote.
 * @param what the journal, for people
 * @throws EvenkeelError `JOURNAL_FOREIGN`
 */
export function requireOwn(records: readonly JournalRecord[], what: string, owner: JournalOwner): void {
  for (const record of records) if (record.kind === "begun") requireSame(record.cluster, what, owner);
}

/**
 * The record that an entry becomes.
 * @param before number of the last record; 0 when there is none
 * @throws EvenkeelError `JOURNAL_NOT_BEGUN`, `JOURNAL_FOREIGN`
 */
export function toRecord(entry: JournalEntry, before: number, owner: JournalOwner): JournalRecord {
  if (before === 0 && entry.kind !== "begun") {
    throw new EvenkeelError(`a journal begins with "begun", not with "${entry.kind}"`, {
      code: "JOURNAL_NOT_BEGUN",
      owner: "bug",
    });
  }
  if (entry.kind === "begun") requireSame(entry.cluster, "the entry", owner);
  return { seq: before + 1, time: new Date().toISOString(), ...entry };
}

/**
 * How a journal that is over is called in the archive: names sort by the time of the end.
 * @throws EvenkeelError `JOURNAL_UNFINISHED`
 */
export function archiveName(records: readonly JournalRecord[]): { readonly name: string; readonly endedAt: string } {
  const end = records.findLast((record) => record.kind === "finished");
  const [first] = records;
  if (end === undefined || first?.kind !== "begun") {
    throw new EvenkeelError("the journal is of an upgrade that is not over", {
      code: "JOURNAL_UNFINISHED",
      owner: "bug",
      details: { records: records.length },
    });
  }
  const name = `${end.time.replaceAll(":", "-")}-${first.upgrade.replaceAll(/[^\w.@-]+/g, "_")}`;
  return { name, endedAt: end.time };
}
