import { readDisk } from "../../agent/routes/disk-facts.js";
import type { Pod } from "../../ports/platform.js";

/** What the volume of a pod has and holds, in bytes unless the name says otherwise. */
export type DiskFacts = Required<Pick<Pod, "diskFreeBytes" | "diskTotalBytes" | "diskInodesFree" | "dataBytes">>;

/** Looks at a volume; undefined when it cannot be read. */
export function readDiskFacts(volume: string): DiskFacts | undefined {
  const facts = readDisk(volume);
  if (facts === undefined) return undefined;
  const { freeBytes, totalBytes, inodesFree, dataBytes } = facts;
  return { diskFreeBytes: freeBytes, diskTotalBytes: totalBytes, diskInodesFree: inodesFree, dataBytes };
}
