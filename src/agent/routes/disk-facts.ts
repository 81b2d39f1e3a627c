import { readdirSync, statfsSync, statSync } from "node:fs";

export interface DiskFacts {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly inodesFree: number;
  /** Snapshot and append-only files together. */
  readonly dataBytes: number;
}

// Synchronous: these calls take microseconds each, on a thread of its own each would take more than all of them together.
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    // Engines replace these files while we look.
    return 0;
  }
}

function sizeOfData(folder: string): number {
  return readdirSync(folder).reduce((total, name) => {
    const path = `${folder}/${name}`;
    if (/\.(rdb|aof)$/.test(name)) return total + sizeOf(path);
    if (name !== "appendonlydir") return total;
    return total + readdirSync(path).reduce((sum, part) => sum + sizeOf(`${path}/${part}`), 0);
  }, 0);
}

/** What the volume has and holds; undefined when it cannot be read. */
export function readDisk(folder: string): DiskFacts | undefined {
  try {
    const facts = statfsSync(folder);
    return {
      freeBytes: facts.bavail * facts.bsize,
      totalBytes: facts.blocks * facts.bsize,
      inodesFree: facts.ffree,
      dataBytes: sizeOfData(folder),
    };
  } catch {
    return undefined;
  }
}
