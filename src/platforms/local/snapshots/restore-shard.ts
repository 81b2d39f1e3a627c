import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ASIDE_FOLDER } from "../../../agent/files.js";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Snapshot } from "../../../ports/platform.js";
import { syncToDisk } from "./snapshot-store.js";

export interface RestoreShardOptions {
  readonly snapshot: Snapshot;
  /** Owns the shard's slots in its cluster file: it gets the snapshot. */
  readonly primary: string;
  /** Start empty and are synced by it. */
  readonly replicas: readonly string[];
  readonly volumeOf: (pod: string) => string;
  readonly stop: (pod: string) => Promise<void>;
  readonly start: (pod: string) => Promise<void>;
  readonly isStopped: (pod: string) => boolean;
}

const DATA = ["dump.rdb", "appendonlydir"];
const BASE = "appendonly.aof.1.base.rdb";
const STOP_DEADLINE_MS = 60_000;

/** A restore that broke off begins anew: what it put there is then moved aside with the rest. */
function moveAside(volume: string): void {
  const folder = join(volume, ASIDE_FOLDER, `${new Date().toISOString().replaceAll(":", "-")}-before-restore`);
  for (const name of DATA.filter((one) => existsSync(join(volume, one)))) {
    mkdirSync(folder, { recursive: true });
    renameSync(join(volume, name), join(folder, name));
  }
}

/** With the AOF on an engine reads no dump.rdb: the snapshot becomes the base of a new AOF, whose manifest is written last. */
function placeSnapshot(volume: string, snapshot: Snapshot): void {
  const fresh = join(volume, "appendonlydir.new");
  mkdirSync(fresh, { recursive: true });
  copyFileSync(snapshot.place, join(fresh, BASE));
  syncToDisk(join(fresh, BASE));
  writeFileSync(join(fresh, "appendonly.aof.manifest"), `file ${BASE} seq 1 type b\n`);
  syncToDisk(join(fresh, "appendonly.aof.manifest"));
  renameSync(fresh, join(volume, "appendonlydir"));
}

async function stopAll(pods: readonly string[], options: RestoreShardOptions): Promise<void> {
  for (const pod of pods) await options.stop(pod);
  for (const end = performance.now() + STOP_DEADLINE_MS; pods.some((pod) => !options.isStopped(pod)); await sleep(50)) {
    if (performance.now() < end) continue;
    throw new EvenkeelError(
      `${pods.filter((pod) => !options.isStopped(pod)).join(", ")} did not stop within ${STOP_DEADLINE_MS / 1000} s`,
      {
        code: "PODS_LEFT",
        owner: "environment",
        retryable: true,
        hint: "evenkeel status",
      },
    );
  }
}

/**
 * Puts one shard back to its snapshot: all its pods are stopped, their data is moved aside (never deleted), the primary starts
 * on the snapshot and the replicas are synced by it. The shard is not served meanwhile.
 * @throws EvenkeelError `PODS_LEFT`
 */
export async function restoreShard(options: RestoreShardOptions): Promise<void> {
  const { primary, replicas, volumeOf, start, snapshot } = options;
  const pods = [...replicas, primary];
  await stopAll(pods, options);
  for (const pod of pods) moveAside(volumeOf(pod));
  placeSnapshot(volumeOf(primary), snapshot);
  for (const pod of [primary, ...replicas]) await start(pod);
}
