import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AOF_FOLDER, SNAPSHOT_FILE, syncToDisk } from "../files.js";

/** Folder in the volume for a restore that is under way; everything in it is a copy. */
const RESTORE_FOLDER = "evenkeel-restore";
const BASE = "appendonly.aof.1.base.rdb";
const MANIFEST = "appendonly.aof.manifest";

/** What was asked of the next pod. */
export const requestPath = (dataDir: string): string => join(dataDir, RESTORE_FOLDER, "request.json");
const stageOf = (dataDir: string): string => join(dataDir, RESTORE_FOLDER, AOF_FOLDER);

/**
 * Puts a snapshot beside the data of a volume, ready to be placed: with an append-only file an engine reads no dump.rdb, so it
 * becomes the base of a new one. A server may run on the volume meanwhile.
 * @param fill writes the snapshot to this path
 */
export async function stageSnapshot(dataDir: string, fill: (path: string) => Promise<void>): Promise<void> {
  const stage = stageOf(dataDir);
  clearRestore(dataDir);
  mkdirSync(stage, { recursive: true });
  await fill(join(stage, BASE));
  writeFileSync(join(stage, MANIFEST), `file ${BASE} seq 1 type b\n`);
  for (const path of [join(stage, BASE), join(stage, MANIFEST), stage]) syncToDisk(path);
}

/** True from the end of {@link stageSnapshot} until {@link placeSnapshot}, which takes one rename. */
export function isStaged(dataDir: string): boolean {
  return existsSync(join(stageOf(dataDir), BASE));
}

/**
 * Puts the staged snapshot where a server reads its data, which was moved aside before.
 * @param appendOnly whether that server keeps an append-only file
 */
export function placeSnapshot(dataDir: string, { appendOnly }: { readonly appendOnly: boolean }): void {
  const stage = stageOf(dataDir);
  if (appendOnly) renameSync(stage, join(dataDir, AOF_FOLDER));
  else renameSync(join(stage, BASE), join(dataDir, SNAPSHOT_FILE));
  syncToDisk(dataDir);
}

/** Takes away the request for a restore, then the copies: without a request nobody looks at them. */
export function clearRestore(dataDir: string): void {
  rmSync(requestPath(dataDir), { force: true });
  rmSync(join(dataDir, RESTORE_FOLDER), { recursive: true, force: true });
}
