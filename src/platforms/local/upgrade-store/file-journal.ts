import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { EvenkeelError, EXIT, isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { ArchivedJournal, Journal, JournalEntry, JournalRecord } from "../../../ports/journal.js";
// oxlint-disable-next-line no-restricted-imports -- the encoding is pure and the same on every platform; it knows no command
import { type DecodedJournal, decodeJournal, encodeRecord, sumOfLine } from "../../../upgrade/journal/index.js";
import { makeFolder, readIfThere, syncFolder, type UpgradePaths } from "./files.js";

/**
 * The journal as a file of lines, appended and synced one by one.
 * @param cluster identity of the cluster; a journal of another one is refused
 */
export function fileJournal(paths: UpgradePaths, cluster: string): Journal {
  const file = paths.journal;
  let known: Known | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const load = (): DecodedJournal => requireOwn(decodeJournal(readIfThere(file) ?? "", { file }), { file, cluster });
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
        const { record, after } = await write(file, numbered(entry, before, cluster), before);
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

function numbered(entry: JournalEntry, before: Known, cluster: string): JournalRecord {
  if (before.seq === 0 && entry.kind !== "begun") {
    throw new EvenkeelError(`a journal begins with "begun", not with "${entry.kind}"`, {
      code: "JOURNAL_NOT_BEGUN",
      owner: "bug",
    });
  }
  if (entry.kind === "begun" && entry.cluster !== cluster) throw foreign("the entry", entry.cluster, cluster);
  return { seq: before.seq + 1, time: new Date().toISOString(), ...entry };
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

function requireOwn(
  journal: DecodedJournal,
  { file, cluster }: { readonly file: string; readonly cluster: string },
): DecodedJournal {
  for (const record of journal.records) {
    if (record.kind === "begun" && record.cluster !== cluster)
      throw foreign(`the journal ${file}`, record.cluster, cluster);
  }
  return journal;
}

function foreign(what: string, found: string, cluster: string): EvenkeelError {
  return new EvenkeelError(`${what} is of another cluster: it says ${found}, this one is ${cluster}`, {
    code: "JOURNAL_FOREIGN",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "the cluster was made anew under the same name: move the file aside and run the command again",
    details: { found, cluster },
  });
}

async function putAside(paths: UpgradePaths, records: readonly JournalRecord[]): Promise<void> {
  const end = records.findLast((record) => record.kind === "finished");
  const [first] = records;
  if (end === undefined || first?.kind !== "begun") {
    throw new EvenkeelError("the journal is of an upgrade that is not over", {
      code: "JOURNAL_UNFINISHED",
      owner: "bug",
      details: { records: records.length },
    });
  }
  await makeFolder(paths.archive);
  const name = `${end.time.replaceAll(":", "-")}-${first.upgrade.replace(/[^\w.@-]+/g, "_")}`;
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
