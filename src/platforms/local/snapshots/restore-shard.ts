import { constants } from "node:fs";
import { copyFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { moveDataAside } from "../../../agent/prepare.js";
import { asideStamp } from "../../../agent/restore/apply-restore.js";
import { clearRestore, placeSnapshot, stageSnapshot } from "../../../agent/restore/staged-snapshot.js";
import { isAppendOnly } from "../../../agent/server-config.js";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Snapshot } from "../../../ports/platform.js";

export interface RestoreShardOptions {
  readonly snapshot: Snapshot;
  /** Owns the shard's slots in its cluster file: it gets the snapshot. */
  readonly primary: string;
  /** Start empty and are synced by it. */
  readonly replicas: readonly string[];
  readonly volumeOf: (pod: string) => string;
  /** The user's lines of the servers' configuration. */
  readonly serverConfig: readonly string[];
  readonly stop: (pod: string) => Promise<void>;
  readonly start: (pod: string) => Promise<void>;
  readonly isStopped: (pod: string) => boolean;
}

const STOP_DEADLINE_MS = 60_000;

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
 * on the snapshot and the replicas are synced by it. The shard is not served meanwhile. A restore that broke off begins anew:
 * what it put there is then moved aside with the rest.
 * @throws EvenkeelError `PODS_LEFT`
 */
export async function restoreShard(options: RestoreShardOptions): Promise<void> {
  const { primary, replicas, volumeOf, start, snapshot } = options;
  const pods = [...replicas, primary];
  await stopAll(pods, options);
  for (const pod of pods) moveDataAside({ dataDir: volumeOf(pod) }, asideStamp());
  const volume = volumeOf(primary);
  await stageSnapshot(volume, (path) => copyFile(snapshot.place, path, constants.COPYFILE_FICLONE));
  placeSnapshot(volume, { appendOnly: isAppendOnly(options) });
  clearRestore(volume);
  for (const pod of [primary, ...replicas]) await start(pod);
}
