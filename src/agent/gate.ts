import { execFileSync } from "node:child_process";
import { closeSync, constants, lstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** How often the gate looks for a server that waits at it. */
const LOOK_MS = 20;
/** After a start was served, the same reader may still hold its end: do not serve it twice. */
const PAUSE_AFTER_MS = 300;

export interface Gate {
  /** From now on a server that starts gets this configuration. */
  open(text: () => string): void;
  /** From now on a server that starts waits. */
  shut(): void;
  close(): void;
}

function isFifo(path: string): boolean {
  try {
    return lstatSync(path).isFIFO();
  } catch {
    return false;
  }
}

/** Node has no call for it. A file in its place (a `CONFIG REWRITE` in a writable folder) is moved aside. */
function makeFifo(path: string): void {
  if (isFifo(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  try {
    renameSync(path, `${path}.rewritten`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  execFileSync("mkfifo", ["-m", "600", path]);
}

/** Opens without waiting: fails with ENXIO while nobody reads, so no thread is ever stuck in `open`. */
function openForReader(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENXIO" || code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The start gate: the server's configuration file is a FIFO, so a server waits in its own `open` until the agent has
 * decided, at every start, also when only its container restarts, and with no shell in its image.
 * @param path of the FIFO
 * @param onServed called each time a server was let through
 */
export function createGate(path: string, onServed: () => void): Gate {
  makeFifo(path);
  let text: (() => string) | undefined;
  let quietUntil = 0;
  const look = (): void => {
    if (text === undefined || Date.now() < quietUntil) return;
    if (!isFifo(path)) makeFifo(path);
    const file = openForReader(path);
    if (file === undefined) return;
    try {
      writeSync(file, text());
      quietUntil = Date.now() + PAUSE_AFTER_MS;
    } finally {
      closeSync(file);
    }
    onServed();
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    open: (next) => {
      text = next;
    },
    shut: () => {
      text = undefined;
    },
    close: () => clearInterval(timer),
  };
}
