import type { BinaryConnection } from "../../../redis/connect-binary.js";
import { ReplyError } from "../../../redis/reply-error.js";
import { readInfo } from "./read-info.js";
import type { DumpedKey, RestoreTarget } from "./restore-target.js";

/** What a restore has come to so far. */
export interface Tally {
  restored: number;
  /** Keys that had expired before they could be copied. */
  late: number;
  /** How many of the restored keys have expired by a moment (Unix time in milliseconds). */
  expiredBy(nowMs: number): number;
  note(key: DumpedKey): void;
}

/** Nothing restored yet. */
export function newTally(): Tally {
  const bySecond = new Map<number, number>();
  return {
    restored: 0,
    late: 0,
    expiredBy: (nowMs) =>
      [...bySecond].reduce((sum, [second, count]) => (second * 1000 <= nowMs ? sum + count : sum), 0),
    note(key) {
      this.restored += 1;
      if (key.expiresAtMs === 0) return;
      const second = Math.floor(key.expiresAtMs / 1000);
      bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
    },
  };
}

/** Keys asked for at once; the engine takes it for a hint. */
const SCAN_COUNT = 250;

interface CopyOptions {
  readonly tally: Tally;
  readonly signal?: AbortSignal | undefined;
  readonly onBatch: () => void;
}

/** A value with the moment at which it expires; undefined when the key is gone by now. */
function toDumped(key: Buffer, value: unknown, expiry: unknown): DumpedKey | undefined {
  for (const reply of [value, expiry]) if (reply instanceof ReplyError) throw reply;
  if (!(value instanceof Buffer)) return undefined;
  return { key, value, expiresAtMs: Math.max(0, Number(expiry)) };
}

async function copyBatch(
  source: BinaryConnection,
  target: RestoreTarget,
  options: CopyOptions & { readonly database: number; readonly keys: readonly Buffer[] },
): Promise<void> {
  const { tally, database, keys } = options;
  if (keys.length === 0) return;
  // PEXPIRETIME first: a key that expires in between is then missing, never kept for ever.
  const replies = await source.pipeline(
    keys.flatMap((key) => [
      ["PEXPIRETIME", key],
      ["DUMP", key],
    ]),
  );
  const dumped = keys.map((key, index) => toDumped(key, replies[index * 2 + 1], replies[index * 2]));
  const present = dumped.filter((one) => one !== undefined);
  await target.restore(database, present);
  tally.late += keys.length - present.length;
  for (const key of present) tally.note(key);
  options.onBatch();
}

/**
 * Copies every key of a server that nobody writes to: walks over it with SCAN, which then shows each key, some twice.
 *
 * @throws EvenkeelError `RESTORE_FAILED`, `NODE_UNREACHABLE`
 */
export async function copyKeys(source: BinaryConnection, target: RestoreTarget, options: CopyOptions): Promise<void> {
  for (const { database } of (await readInfo(source)).databases()) {
    await source.call("SELECT", database);
    const seen = new Set<string>();
    let cursor = "0";
    do {
      options.signal?.throwIfAborted();
      const [next, found] = (await source.call("SCAN", cursor, "COUNT", SCAN_COUNT)) as [Buffer, Buffer[]];
      // A key that was shown twice while a table shrank must not be restored twice: that would be refused as BUSYKEY.
      const keys = found.filter((key) => !seen.has(key.toString("latin1")));
      for (const key of keys) seen.add(key.toString("latin1"));
      await copyBatch(source, target, { ...options, database, keys });
      cursor = String(next);
    } while (cursor !== "0");
  }
}
