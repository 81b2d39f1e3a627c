import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";
import type { JournalKind, JournalRecord } from "../../ports/journal.js";
import { chainSum, NO_SUM } from "./encode-record.js";

export interface DecodedJournal {
  readonly records: readonly JournalRecord[];
  /** The last line was cut while it was written: what it said was never confirmed to anybody. */
  readonly repaired: boolean;
  /** Of the last record; {@link NO_SUM} when there is none. */
  readonly sum: string;
  /** The text that the records stand for: what the file must hold before the next line is appended. */
  readonly text: string;
}

/** The greedy start finds the last sum of the line, should the data hold a field of that name. */
const LINE = /^(\{.*),"sum":"([\da-f]{64})"\}([^]*)$/u;

/** One entry a kind, so that the compiler sees a missing one. */
const KINDS: Readonly<Record<JournalKind, true>> = {
  begun: true,
  "step-started": true,
  "step-done": true,
  "step-failed": true,
  braked: true,
  released: true,
  "rollback-begun": true,
  noted: true,
  finished: true,
};

/**
 * Reads a journal. A last line without its line feed was cut by the end of its writer: it is kept when it is whole, else
 * dropped. Everything else must be exactly what was written.
 * @param options.file named in errors
 * @throws EvenkeelError `JOURNAL_CORRUPT` naming the line; `JOURNAL_NEWER` when a later version wrote it
 */
export function decodeJournal(text: string, options: { readonly file?: string } = {}): DecodedJournal {
  const file = options.file ?? "the journal";
  const lines = text.split("\n");
  const tail = lines.pop() ?? "";
  const records: JournalRecord[] = [];
  let sum = NO_SUM;

  for (const [index, line] of lines.entries()) {
    const whole = readLine(line, sum);
    if (typeof whole === "string") throw corrupt(file, index + 1, whole);
    if (whole.rest !== "") throw corrupt(file, index + 1, "something follows the record");
    records.push(asRecord(whole.body, { file, line: index + 1 }));
    sum = whole.sum;
  }
  const end = text.length - tail.length;
  if (tail === "") return { records, repaired: false, sum, text };

  const last = readLine(tail, sum);
  if (typeof last === "string") return { records, repaired: true, sum, text: text.slice(0, end) };
  // A cut only takes away: what stands behind a whole record was put there by something else.
  if (last.rest !== "") throw corrupt(file, records.length + 1, "something follows the record");
  records.push(asRecord(last.body, { file, line: records.length + 1 }));
  return { records, repaired: true, sum: last.sum, text: `${text}\n` };
}

interface WholeLine {
  readonly body: string;
  readonly sum: string;
  /** What stands behind the record on the same line. */
  readonly rest: string;
}

/** The record's text when its sum holds; else what is wrong. */
function readLine(line: string, previousSum: string): WholeLine | string {
  const [, start, sum, rest] = LINE.exec(line) ?? [];
  if (start === undefined || sum === undefined || rest === undefined) return "it is no record";
  const body = `${start}}`;
  if (chainSum(previousSum, body) === sum) return { body, sum, rest };
  return "its sum does not fit: the line was changed, or one before it is missing";
}

/** The sum holds, so this program wrote the text: only its version is in question. */
function asRecord(body: string, place: { readonly file: string; readonly line: number }): JournalRecord {
  const { data, ...head } = JSON.parse(body) as Pick<JournalRecord, "seq" | "time" | "kind"> & {
    readonly data: object;
  };
  if (head.seq !== place.line) throw corrupt(place.file, place.line, `it has the number ${head.seq}`);
  if (Object.hasOwn(KINDS, head.kind)) return { ...head, ...data } as JournalRecord;
  throw new EvenkeelError(
    `${place.file}, line ${place.line}: this version does not know the kind ${JSON.stringify(head.kind)}`,
    {
      code: "JOURNAL_NEWER",
      owner: "user",
      exitCode: EXIT.refused,
      hint: "go on with the newer version of evenkeel that began this upgrade",
      details: { file: place.file, line: place.line, kind: head.kind },
    },
  );
}

function corrupt(file: string, line: number, why: string): EvenkeelError {
  return new EvenkeelError(`${file} is corrupt at line ${line}: ${why}`, {
    code: "JOURNAL_CORRUPT",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "look at the cluster first (evenkeel status, evenkeel check post); then move the file aside and run the command again: it plans from what it finds",
    details: { file, line, why },
  });
}
