import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

/** What the volume of a pod has and holds, in bytes unless the name says otherwise. */
export interface DiskFacts {
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
  readonly diskInodesFree: number;
  /** Snapshot and append-only files together. */
  readonly dataBytes: number;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    // Engines replace these files while we look.
    return 0;
  }
}

async function sizeOfData(volume: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(volume, { withFileTypes: true })) {
    const path = join(volume, entry.name);
    if (entry.isFile() && /\.(rdb|aof)$/.test(entry.name)) total += await sizeOf(path);
    if (entry.isDirectory() && entry.name === "appendonlydir") {
      for (const name of await readdir(path)) total += await sizeOf(join(path, name));
    }
  }
  return total;
}

/** Looks at a volume; undefined when it cannot be read. */
export async function readDiskFacts(volume: string): Promise<DiskFacts | undefined> {
  try {
    const facts = await statfs(volume);
    return {
      diskFreeBytes: facts.bavail * facts.bsize,
      diskTotalBytes: facts.blocks * facts.bsize,
      diskInodesFree: facts.ffree,
      dataBytes: await sizeOfData(volume),
    };
  } catch {
    return undefined;
  }
}
