import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export const CLUSTER_CONFIG_FILE = "nodes.conf";
/** The agent's own memory in the volume. */
export const MEMORY_FILE = "evenkeel.json";
/** Folder in the volume for data that an engine cannot read. */
export const ASIDE_FOLDER = "evenkeel-aside";
/** What an engine reads at its start: with an append-only file, no snapshot. */
export const SNAPSHOT_FILE = "dump.rdb";
export const AOF_FOLDER = "appendonlydir";

/** The text of a file; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Forces a file, or a folder's list of names, to the disk. */
export function syncToDisk(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Replaces a file so that a crash leaves the old text or the new one, and that what was written is on the disk. */
export function writeDurably(path: string, text: string): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  syncToDisk(dirname(path));
}
