import { linkSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { clusterPaths } from "../state-paths.js";
import { isMissing } from "../read-state-file.js";

/** Where a local cluster keeps what an upgrade remembers. */
export interface UpgradePaths {
  readonly dir: string;
  readonly journal: string;
  readonly archive: string;
}

/** Paths of the cluster `name` under `home`. */
export function upgradePaths(home: string, name: string): UpgradePaths {
  const dir = join(clusterPaths(home, name).dir, "upgrade");
  return { dir, journal: join(dir, "journal.ndjson"), archive: join(dir, "archive") };
}

/** Makes the names in a folder survive a power cut: fsync of a file does not cover its name. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder, durably. */
export async function makeFolder(folder: string): Promise<void> {
  if (mkdirSync(folder, { recursive: true }) !== undefined) await syncFolder(dirname(folder));
}

/** The text of a file, or undefined when there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function writeDraft(file: string, text: string): Promise<string> {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2, 10)}.tmp`;
  const handle = await open(draft, "wx", 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return draft;
}

/** Writes a whole file durably: a reader sees the old one or the new one, also after a power cut. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const draft = await writeDraft(file, text);
  try {
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Makes a whole file durably; false when it exists: of several processes exactly one makes it. */
export async function createFile(file: string, text: string): Promise<boolean> {
  const draft = await writeDraft(file, text);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  await syncFolder(dirname(file));
  return true;
}
