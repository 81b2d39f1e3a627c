import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LeaseAnswer, UpgradeLease } from "../../../ports/journal.js";
import { flag, integer, record, text } from "../check-shape.js";
import { identifyProcess, isRunning } from "../process-identity.js";
import { readStateFile } from "../read-state-file.js";
import { createFile, makeFolder, replaceFile } from "./files.js";

interface LeaseFile {
  readonly who: string;
  readonly pid: number;
  /** Start time of the process: its number alone may belong to another one by now. */
  readonly born: string;
  readonly since: string;
  readonly released: boolean;
}

const leaseShape = record<LeaseFile>({ who: text, pid: integer(1), born: text, since: text, released: flag });
const NAME = /^lease\.(\d+)\.json$/;
const DRAFT = /\.(\d+)\.[a-z\d]+\.tmp$/;

/** How often this process holds the lease of a folder. */
const depths = new Map<string, number>();

/**
 * The lease as files `lease.N.json`, of which the highest number counts. Whoever finds its holder gone makes the next number,
 * which only one process can: to remove a dead holder's file and make it anew would let a second process remove the new one.
 * @param folder made when it is missing
 */
export function fileLease(folder: string): UpgradeLease {
  return {
    take: (who) => takeLease(folder, who),
    async release() {
      const depth = depths.get(folder) ?? 0;
      if (depth === 0) return;
      if (depth > 1) return void depths.set(folder, depth - 1);
      depths.delete(folder);
      const lease = current(folder);
      if (lease?.pid !== process.pid) return;
      // It is not removed: numbers must only grow, or a slow process could make one that was used before.
      await replaceFile(leasePath(folder, lease.number), encode({ ...lease, released: true }));
    },
    async holder() {
      const lease = current(folder);
      return lease && isHeld(lease) ? describe(lease) : undefined;
    },
  };
}

async function takeLease(folder: string, who: string): Promise<LeaseAnswer> {
  const self = identifyProcess(process.pid);
  if (self === undefined) throw new Error("this system does not tell when a process was started");
  await makeFolder(folder);
  for (;;) {
    const lease = current(folder);
    if (lease && isHeld(lease)) {
      if (lease.pid !== self.pid) return { taken: false, ...describe(lease) };
      depths.set(folder, (depths.get(folder) ?? 0) + 1);
      return { taken: true };
    }
    const next = (lease?.number ?? 0) + 1;
    const mine = { who, ...self, since: new Date().toISOString(), released: false };
    if (!(await createFile(leasePath(folder, next), encode(mine)))) continue;
    const [highest = 0, ...older] = numbers(folder);
    if (highest > next) {
      // Others took and cleaned up while this process slept: what it made is old already.
      rmSync(leasePath(folder, next), { force: true });
      continue;
    }
    for (const number of older) rmSync(leasePath(folder, number), { force: true });
    removeDeadDrafts(folder);
    depths.set(folder, (depths.get(folder) ?? 0) + 1);
    return { taken: true };
  }
}

const leasePath = (folder: string, number: number): string => join(folder, `lease.${number}.json`);
const encode = ({ who, pid, born, since, released }: LeaseFile): string =>
  `${JSON.stringify({ who, pid, born, since, released })}\n`;
const isHeld = (lease: LeaseFile): boolean => !lease.released && isRunning(lease);
const describe = ({ who, pid, since }: LeaseFile) => ({ holder: `${who} (process ${pid})`, since });

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Numbers of the lease files, the newest first. */
function numbers(folder: string): readonly number[] {
  return namesIn(folder)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => b - a);
}

/** The newest lease, held or not. */
function current(folder: string): (LeaseFile & { readonly number: number }) | undefined {
  for (;;) {
    const [number] = numbers(folder);
    if (number === undefined) return undefined;
    const file = leasePath(folder, number);
    const hint = `see that no upgrade of this cluster runs (ps), then remove the file: rm ${file}`;
    const lease = readStateFile(file, leaseShape, { hint });
    // It is gone when a newer one was made since the folder was listed.
    if (lease !== undefined) return { ...lease, number };
  }
}

/** What processes left that were killed while they wrote. */
function removeDeadDrafts(folder: string): void {
  for (const name of namesIn(folder)) {
    const pid = DRAFT.exec(name)?.[1];
    if (pid !== undefined && identifyProcess(Number(pid)) === undefined) rmSync(join(folder, name), { force: true });
  }
}
