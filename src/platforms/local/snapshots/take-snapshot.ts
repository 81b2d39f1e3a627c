import { constants, mkdirSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { syncToDisk } from "../../../agent/files.js";
import { EXIT, EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Snapshot, UpgradePlatform } from "../../../ports/platform.js";
import { connectBinary } from "../../../redis/connect-binary.js";
import type { ServerTemplate } from "../cluster-file.js";
import { sweepTrials } from "../throwaway/trials.js";
import { loadSnapshot } from "./load-snapshot.js";
import { readInfo } from "./read-info.js";
import type { InfoFields } from "./read-info.js";
import { readKeyCount } from "./read-key-count.js";
import { saveInBackground } from "./save-in-background.js";
import { removeFacts, setFolder, snapshotFiles, writeFacts } from "./snapshot-store.js";

export interface TakeSnapshotOptions {
  /** The server that is asked. */
  readonly address: string;
  readonly port: number;
  readonly password: string | undefined;
  /** What it runs: the same program proves the file. */
  readonly template: ServerTemplate;
  readonly volume: string;
  readonly snapshotsDir: string;
  readonly trialsDir: string;
  readonly signal?: AbortSignal | undefined;
  /** Room on the disk of a folder, for tests. */
  readonly freeBytes?: ((folder: string) => number) | undefined;
}

/** What is always left free: logs, the cluster file, the beginning of an append-only file. */
const MARGIN_BYTES = 1024 * 1024;

function readFreeBytes(folder: string): number {
  const facts = statfsSync(folder);
  return facts.bavail * facts.bsize;
}

function requireRoom(folder: string, needs: number, has: number): void {
  if (has >= needs) return;
  throw new EvenkeelError(`the disk of ${folder} has ${has} bytes free; a snapshot needs ${needs}`, {
    code: "DISK_FULL",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "make room (evenkeel prune lists what was moved aside), or move the cluster's folder to a larger disk",
    details: { folder, needsBytes: needs, hasBytes: has },
  });
}

/**
 * The server writes its file into its volume, then it is copied. A snapshot that breaks off for want of room can make an
 * engine refuse writes (stop-writes-on-bgsave-error), so the room is required before it is asked for, reckoned from the
 * data in memory: the file is smaller.
 */
function requireRoomForBoth(info: InfoFields, folder: string, options: TakeSnapshotOptions): void {
  const free = options.freeBytes ?? readFreeBytes;
  const size = info.number("used_memory_dataset");
  const sameDisk = statSync(options.volume).dev === statSync(folder).dev;
  requireRoom(options.volume, size * (sameDisk ? 2 : 1) + MARGIN_BYTES, free(options.volume));
  if (!sameDisk) requireRoom(folder, size + MARGIN_BYTES, free(folder));
}

function unproven(said: number, loaded: number, pod: string): EvenkeelError {
  return new EvenkeelError(`the snapshot of ${pod} says ${said} keys; ${loaded} were loaded from it`, {
    code: "SNAPSHOT_FAILED",
    owner: "environment",
    retryable: true,
    hint: "take it again; if it stays so, look at the disk",
    details: { pod, said, loaded },
  });
}

/** Loads the file with the engine that wrote it, and compares what it holds with what it says. */
async function prove(data: string, pod: string, options: TakeSnapshotOptions): Promise<number> {
  const said = readKeyCount(data);
  const { server, keys, databases } = await loadSnapshot(data, options.template, options);
  await server.end();
  if (said !== undefined && databases <= 1 && said !== keys) throw unproven(said, keys, pod);
  return keys;
}

/**
 * Keeps the data of one server aside: saved by the server, copied, and loaded by a throwaway server of the same engine before
 * it counts. A run that breaks off leaves no snapshot that looks whole.
 *
 * @throws EvenkeelError `DISK_FULL` (needs and has), `SNAPSHOT_FAILED`, `NODE_UNREACHABLE`
 */
export async function takeSnapshot(
  request: Parameters<UpgradePlatform["snapshot"]>[0],
  options: TakeSnapshotOptions,
): Promise<Snapshot> {
  const { set, shard, pod, slots } = request;
  const { address, port, password, signal } = options;
  const folder = setFolder(options.snapshotsDir, set);
  sweepTrials(options.trialsDir);
  mkdirSync(folder, { recursive: true });
  const { data } = snapshotFiles(folder, shard);
  const draft = `${data}.${process.pid}.new`;
  const connection = await connectBinary({ to: { address, port }, password });
  try {
    requireRoomForBoth(await readInfo(connection), folder, options);
    const takenAt = (await saveInBackground(connection, pod, { signal })).toISOString();
    const name = (await connection.call("CONFIG", "GET", "dbfilename")) as readonly Buffer[];
    const source = join(options.volume, String(name[1] ?? "dump.rdb"));
    requireRoom(folder, statSync(source).size + MARGIN_BYTES, (options.freeBytes ?? readFreeBytes)(folder));
    await copyFile(source, draft, constants.COPYFILE_FICLONE);
    syncToDisk(draft);
    const keys = await prove(draft, pod, options);
    removeFacts(folder, shard);
    renameSync(draft, data);
    const { engine, version } = options.template;
    const snapshot: Snapshot = {
      id: `${takenAt}-${set}-${String(shard).padStart(3, "0")}`,
      set,
      shard,
      slots,
      template: { engine, version },
      takenAt,
      keys,
      bytes: statSync(data).size,
      place: data,
    };
    writeFacts(folder, snapshot);
    return snapshot;
  } finally {
    rmSync(draft, { force: true });
    connection.close();
  }
}
