import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError, EXIT, isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { ArchivedJournal, Journal, JournalRecord } from "../../../ports/journal.js";
// oxlint-disable-next-line no-restricted-imports -- a journal's records are the same on every platform; they know no command
import {
  archiveName,
  decodeJournal,
  encodeRecord,
  requireOwn,
  sumOfLine,
  toRecord,
} from "../../../upgrade/journal/index.js";
import type { MapStore, StoredMap } from "./config-map.js";

/** A ConfigMap holds 1 MiB at most; a part is written anew at every record, so it is kept much smaller. */
const PART_MAX_BYTES = 128 * 1024;
const RECORD_MAX_BYTES = 900 * 1024;
const TEXT = "journal.ndjson";
const ARCHIVED_MAX = 40;
/** The API server is waited for: a record that is lost to a moment's silence would end an upgrade. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 500;
const HINT_IF_FOREIGN = "the cluster was made anew under the same name: remove the ConfigMap and run the command again";

export interface KubeJournalOptions {
  readonly maps: MapStore;
  /** Beginning of the ConfigMaps' names. */
  readonly name: string;
  /** Identity of the cluster; a journal of another one is refused. */
  readonly cluster: string;
  /** Somebody else holds the lease by now. */
  readonly leaseLost: () => boolean;
}

/** The journal as it was read, or as it was last written. */
interface Known {
  readonly parts: readonly StoredMap[];
  readonly records: readonly JournalRecord[];
  readonly sum: string;
}

const partName = (name: string, index: number): string => (index === 0 ? name : `${name}-${index}`);
const textOf = (part: StoredMap): string => part.data[TEXT] ?? "";

/** The parts in their order. Without the first one nothing counts: its archive was being cleared away. */
function inOrder(maps: readonly StoredMap[], name: string): readonly StoredMap[] {
  const parts: StoredMap[] = [];
  for (let index = 0; ; index += 1) {
    const part = maps.find((map) => map.name === partName(name, index));
    if (!part) return parts;
    parts.push(part);
  }
}

/**
 * The journal as lines in ConfigMaps. Each record is written with the version of what was read before, so that of two runners
 * only one can append.
 */
export function kubeJournal(options: KubeJournalOptions): Journal {
  const { maps, name } = options;
  const owner = { cluster: options.cluster, hintIfForeign: HINT_IF_FOREIGN };
  let known: Known | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const load = async (): Promise<Known> => {
    const parts = inOrder(await maps.list("journal"), name);
    const { records, sum } = decodeJournal(parts.map(textOf).join(""), { file: `the ConfigMap ${name}` });
    requireOwn(records, `the journal ${name}`, owner);
    return { parts, records, sum };
  };
  /** One at a time, in the order of the calls; a failure does not stop the next. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    read: async () => (await load()).records,
    append: (entry) =>
      inTurn(async () => {
        if (options.leaseLost()) throw taken(name);
        const before = known ?? (await load());
        known = undefined;
        const record = toRecord(entry, before.records.length, owner);
        known = await persist(record, before, { ...options, load });
        return record;
      }),
    archive: () =>
      inTurn(async () => {
        const { parts, records } = await load();
        known = undefined;
        if (records.length > 0) await putAside(options, parts, records);
      }),
    archived: async (count) => readArchive(maps, count),
  };
}

interface Persisting extends KubeJournalOptions {
  readonly load: () => Promise<Known>;
}

/** Writes one record and is sure of it: where an answer got lost, what is there says whether it was written. */
async function persist(record: JournalRecord, before: Known, { maps, name, load }: Persisting): Promise<Known> {
  const line = encodeRecord(before.sum, record);
  const bytes = Buffer.byteLength(line);
  if (bytes > RECORD_MAX_BYTES) {
    throw new EvenkeelError(`a record of ${bytes} bytes does not fit into a ConfigMap`, {
      code: "JOURNAL_UNWRITABLE",
      owner: "bug",
    });
  }
  let now = before;
  for (const end = performance.now() + PATIENCE_MS; ;) {
    try {
      const written = await writeLine(maps, name, { parts: now.parts, line });
      if (written) return { parts: written, records: [...now.records, record], sum: sumOfLine(line) };
    } catch (error) {
      if (!isEvenkeelError(error) || !error.retryable || performance.now() > end) throw unwritable(name, error);
      await sleep(AGAIN_MS);
    }
    now = await load();
    if (now.sum === sumOfLine(line)) return now;
    if (now.sum !== before.sum) throw taken(name);
  }
}

/** @returns the parts as they are now; undefined when somebody else wrote */
async function writeLine(
  maps: MapStore,
  name: string,
  { parts, line }: { readonly parts: readonly StoredMap[]; readonly line: string },
): Promise<readonly StoredMap[] | undefined> {
  const tail = parts.at(-1);
  const text = tail ? textOf(tail) : "";
  if (tail && Buffer.byteLength(text) + Buffer.byteLength(line) <= PART_MAX_BYTES) {
    const written = await maps.replace("journal", tail, { [TEXT]: text + line });
    return written && [...parts.slice(0, -1), written];
  }
  const made = await maps.create("journal", partName(name, parts.length), { [TEXT]: line });
  if (made) return [...parts, made];
  // What a half-cleared archive left behind stands in the way.
  if (parts.length > 0) await maps.remove(partName(name, parts.length));
  return undefined;
}

function taken(name: string): EvenkeelError {
  return new EvenkeelError(`another process goes on with this upgrade: it wrote into ${name}, or holds the lease`, {
    code: "UPGRADE_TAKEN_OVER",
    owner: "environment",
    exitCode: EXIT.braked,
    hint: "evenkeel status; this process was not heard of for too long, and stops here",
    details: { name },
  });
}

function unwritable(name: string, cause: unknown): EvenkeelError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EvenkeelError(`cannot write the journal ${name}: ${why}`, {
    code: "JOURNAL_UNWRITABLE",
    owner: "environment",
    retryable: true,
    hint: "see that the API server answers and that you have the rights (evenkeel rbac), then run the command again: it resumes",
    cause,
    details: { name },
  });
}

/** The copy is made first and the first part goes first: at every moment there is one whole journal. */
async function putAside(
  { maps, name }: KubeJournalOptions,
  parts: readonly StoredMap[],
  records: readonly JournalRecord[],
): Promise<void> {
  const { name: title, endedAt } = archiveName(records);
  const stamp = endedAt.toLowerCase().replaceAll(/[^0-9tz]+/g, "-");
  for (const [index, part] of parts.entries()) {
    // One that is there already was made by an attempt that broke off.
    await maps.create("archive", `${name}-${stamp}-${index}`, { title, part: String(index), [TEXT]: textOf(part) });
  }
  for (const part of parts) await maps.remove(part.name);
  await prune(maps);
}

function byTitle(archive: readonly StoredMap[]): readonly (readonly [string, readonly StoredMap[]])[] {
  const titles = [...new Set(archive.map((map) => map.data["title"] ?? ""))].toSorted().toReversed();
  return titles.map((title) => [
    title,
    archive
      .filter((map) => map.data["title"] === title)
      .toSorted((a, b) => Number(a.data["part"]) - Number(b.data["part"])),
  ]);
}

async function prune(maps: MapStore): Promise<void> {
  for (const [, parts] of byTitle(await maps.list("archive")).slice(ARCHIVED_MAX))
    for (const part of parts) await maps.remove(part.name);
}

async function readArchive(maps: MapStore, count: number): Promise<readonly ArchivedJournal[]> {
  return byTitle(await maps.list("archive"))
    .slice(0, count)
    .map(([name, parts]) => ({
      name,
      records: decodeJournal(parts.map(textOf).join(""), { file: `the ConfigMap ${parts[0]?.name ?? name}` }).records,
    }));
}
