import { readFileSync } from "node:fs";
import { integer, record, text } from "./check-shape.js";

/**
 * A process, so that it cannot be mistaken for a later one with the same number: process ids are used again, the pair of
 * id and start time is not.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the system tells it; compare only for equality. */
  readonly born: string;
}

/** The shape of a {@link ProcessIdentity}. */
export const processIdentityShape = record<ProcessIdentity>({ pid: integer(1), born: text });

interface ProcessFacts {
  readonly born: string;
  /** Ended, and only not yet collected by its parent. */
  readonly zombie: boolean;
}

let bootId: string | undefined;

// Start times count from the boot of the machine: without the boot's id a process of an earlier boot could look like ours.
function readBootId(): string {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
  return bootId;
}

function readLinux(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may hold blanks: count from its end (field 3 is next).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === undefined || startTicks === undefined) return undefined;
  return { born: `${startTicks}@${readBootId()}`, zombie: state === "Z" || state === "X" };
}

function readByPs(pid: number): ProcessFacts | undefined {
  try {
    // Only where there is no /proc: the module takes longer to load than all else that `status` asks of a pod.
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const [state = "", ...born] = line.split(/\s+/);
    return born.length === 0 ? undefined : { born: born.join(" "), zombie: state.startsWith("Z") };
  } catch {
    return undefined;
  }
}

function readProcess(pid: number): ProcessFacts | undefined {
  return process.platform === "linux" ? readLinux(pid) : readByPs(pid);
}

/** The identity of a process that exists; undefined when there is none with this id. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const facts = readProcess(pid);
  return facts === undefined ? undefined : { pid, born: facts.born };
}

/** True when this very process still runs. */
export function isRunning(identity: ProcessIdentity | null | undefined): identity is ProcessIdentity {
  if (identity === null || identity === undefined) return false;
  const facts = readProcess(identity.pid);
  return facts !== undefined && !facts.zombie && facts.born === identity.born;
}

/** Sends a signal, unless the process is gone or its id belongs to another one now. Returns whether it was sent. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}
