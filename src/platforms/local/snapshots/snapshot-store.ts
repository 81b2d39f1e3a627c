import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncToDisk } from "../../../agent/files.js";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Snapshot } from "../../../ports/platform.js";
import { hasShape, integer, listOf, oneOf, record, text } from "../check-shape.js";
import { isMissing } from "../read-state-file.js";
import { writeJsonAtomic } from "../write-file-atomic.js";

const snapshotShape = record<Snapshot>({
  id: text,
  set: text,
  shard: integer(0),
  slots: listOf(record<Snapshot["slots"][number]>({ start: integer(0, 16_383), end: integer(0, 16_383) })),
  template: record<Snapshot["template"]>({ engine: oneOf("redis", "valkey"), version: text }),
  takenAt: text,
  keys: integer(0),
  bytes: integer(0),
  place: text,
});

/**
 * The folder of a set of snapshots.
 *
 * @throws EvenkeelError `SNAPSHOT_SET` when the name is none for a folder
 */
export function setFolder(snapshotsDir: string, set: string): string {
  if (/^[A-Za-z0-9][\w.@-]{0,99}$/u.test(set)) return join(snapshotsDir, set);
  throw new EvenkeelError(`"${set}" is no name for a set of snapshots`, {
    code: "SNAPSHOT_SET",
    owner: "user",
    hint: "evenkeel snapshots",
    details: { set },
  });
}

/** Files of one shard's snapshot: the data, and what is said of it. */
export function snapshotFiles(folder: string, shard: number): { readonly data: string; readonly facts: string } {
  return { data: join(folder, `shard-${shard}.rdb`), facts: join(folder, `shard-${shard}.json`) };
}

/** A snapshot is there once its facts are: they are written last and taken away first. */
export function writeFacts(folder: string, snapshot: Snapshot): void {
  writeJsonAtomic(snapshotFiles(folder, snapshot.shard).facts, snapshot);
  syncToDisk(folder);
}

/** Takes back what is said of a shard's snapshot, before its data is replaced. */
export function removeFacts(folder: string, shard: number): void {
  rmSync(snapshotFiles(folder, shard).facts, { force: true });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Snapshots in the folder of one set, by shard. A file that is no snapshot is passed over. `place` is where it is now. */
export function readSet(folder: string): readonly Snapshot[] {
  return namesIn(folder)
    .filter((name) => /^shard-\d+\.json$/u.test(name))
    .flatMap((name): Snapshot[] => {
      try {
        const facts: unknown = JSON.parse(readFileSync(join(folder, name), "utf8"));
        if (!hasShape(facts, snapshotShape)) return [];
        return [{ ...facts, place: snapshotFiles(folder, facts.shard).data }];
      } catch {
        return [];
      }
    })
    .toSorted((a, b) => a.shard - b.shard);
}

/** Every snapshot of a cluster, oldest first. */
export function listSnapshots(snapshotsDir: string): readonly Snapshot[] {
  return namesIn(snapshotsDir)
    .flatMap((set) => readSet(join(snapshotsDir, set)))
    .toSorted((a, b) => a.id.localeCompare(b.id));
}
