import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { EvenkeelError, isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { ArchivedJournal, Journal, JournalRecord } from "../../../ports/journal.js";
// oxlint-disable-next-line no-restricted-imports -- a journal's records are the same on every platform; they know no command
import {
  archiveName,
  type DecodedJournal,
  decodeJournal,
  encodeRecord,
  requireOwn,
  sumOfLine,
  toRecord,
} from "../../../upgrade/journal/index.js";
import { makeFolder, readIfThere, syncFolder, type UpgradePaths } from "./files.js";

const HINT_IF_FOREIGN = "the cluster was made anew under the same name: move the file aside and run the command again";

/**
 * The journal as a file of lines, appended and synced one by one.
 * @param cluster identity of the cluster; a journal of another one is refused
 */
export function fileJournal(paths: UpgradePaths, cluster: string): Journal {
  const file = paths.journal;
  const owner = { cluster, hintIfForeign: HINT_IF_FOREIGN };
  let known: Known | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const load = (): DecodedJournal => {
    const journal = decodeJournal(readIfThere(file) ?? "", { file });
    requireOwn(journal.records, `the journal ${file}`, owner);
    return journal;
  };
  /** One at a time, in the order of the calls; a failure does not stop the next. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => writing(file, work));
    last = turn.catch(() => undefined);
    return turn;
  };

  return {
    read: async () => load().records,
    append: (entry) =>
      inTurn(async () => {
        await makeFolder(paths.dir);
        let before = known;
        // Unless all goes well nobody knows what the file holds: it is read again the next time.
        known = undefined;
        if (before === undefined || sizeOf(file) !== before.bytes) before = await prepare(file, load());
        const { record, after } = await write(file, toRecord(entry, before.seq, owner), before);
        if (before.seq === 0) await syncFolder(paths.dir);
        known = after;
        return record;
      }),
    archive: () =>
      inTurn(async () => {
        const { records } = load();
        known = undefined;
        if (records.length > 0) await putAside(paths, records);
      }),
    archived: async (count) => readArchive(paths.archive, count),
  };
}

/** What the file held when it was last looked at. */
interface Known {
  readonly seq: number;
  readonly sum: string;
  readonly bytes: number;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Takes away a line that was cut, or gives it the line feed that it lacks, and says so in the journal itself. */
async function prepare(file: string, journal: DecodedJournal): Promise<Known> {
  const { records, sum, text, repaired } = journal;
  const bytes = Buffer.byteLength(text);
  const known = { seq: records.length, sum, bytes };
  if (!repaired) return known;
  const cutBytes = Math.max(0, sizeOf(file) - bytes);
  if (cutBytes > 0) await truncate(file, bytes);
  else await appendDurably(file, "\n");
  if (records.length === 0) return known;
  const note = { kind: "noted", topic: "journal repaired", facts: { line: records.length + 1, cutBytes } } as const;
  const { after } = await write(file, { seq: known.seq + 1, time: new Date().toISOString(), ...note }, known);
  return after;
}

async function write(
  file: string,
  record: JournalRecord,
  before: Known,
): Promise<{ readonly record: JournalRecord; readonly after: Known }> {
  const line = encodeRecord(before.sum, record);
  await appendDurably(file, line);
  return { record, after: { seq: record.seq, sum: sumOfLine(line), bytes: before.bytes + Buffer.byteLength(line) } };
}

async function appendDurably(file: string, line: string): Promise<void> {
  const handle = await open(file, "a", 0o644);
  try {
    await handle.appendFile(line);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What the system refuses is told as an error of the journal. */
async function writing<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isEvenkeelError(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new EvenkeelError(`cannot write the journal ${file}: ${why}`, {
      code: "JOURNAL_UNWRITABLE",
      owner: "environment",
      retryable: true,
      hint: "make room or get the right to write there (df, ls -l), then run the command again: it resumes",
      cause: error,
      details: { file },
    });
  }
}

async function putAside(paths: UpgradePaths, records: readonly JournalRecord[]): Promise<void> {
  const { name } = archiveName(records);
  await makeFolder(paths.archive);
  let target = join(paths.archive, `${name}.ndjson`);
  for (let copy = 2; existsSync(target); copy += 1) target = join(paths.archive, `${name}-${copy}.ndjson`);
  renameSync(paths.journal, target);
  await syncFolder(paths.archive);
  await syncFolder(paths.dir);
}

function readArchive(folder: string, count: number): readonly ArchivedJournal[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".ndjson"));
  return names
    .toSorted()
    .toReversed()
    .slice(0, count)
    .map((name) => {
      const file = join(folder, name);
      const { records } = decodeJournal(readIfThere(file) ?? "", { file });
      return { name: name.slice(0, -".ndjson".length), records };
    });
}
