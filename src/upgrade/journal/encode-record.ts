import { createHash } from "node:crypto";
import type { JournalRecord } from "../../ports/journal.js";

/** The sum before the first record. */
export const NO_SUM = "";

/** The sum of a record, which covers all records before it: sha256 over the previous sum and the record's own text. */
export function chainSum(previousSum: string, body: string): string {
  return createHash("sha256").update(`${previousSum}\n${body}`).digest("hex");
}

/**
 * One line of the journal, with its line feed: `{"seq":…,"time":…,"kind":…,"data":…,"sum":…}`.
 * @param previousSum of the record before; {@link NO_SUM} for the first
 */
export function encodeRecord(previousSum: string, record: JournalRecord): string {
  const { seq, time, kind, ...data } = record;
  const body = JSON.stringify({ seq, time, kind, data });
  return `${body.slice(0, -1)},"sum":"${chainSum(previousSum, body)}"}\n`;
}

/** The sum in a line that {@link encodeRecord} made. */
export function sumOfLine(line: string): string {
  return line.slice(-'"}\n'.length - 64, -'"}\n'.length);
}
