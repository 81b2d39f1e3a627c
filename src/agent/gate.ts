import { execFileSync } from "node:child_process";
import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** How often the gate, when it is open, looks for a server that waits at it. */
const LOOK_MS = 20;
/** How often it looks, at rest, for a server that rewrites its configuration. */
const REWRITE_LOOK_MS = 100;
/** After a start was served, the same reader may still hold its end: do not serve it twice. */
const PAUSE_AFTER_MS = 300;

export interface Gate {
  /** From now on a server that starts gets this configuration. */
  open(text: () => string): void;
  /** From now on a server that starts waits. */
  shut(): void;
  /**
   * Shuts the gate and makes a server that waits at it end by itself: what it reads is no configuration. As process 1 of its
   * container it would ignore SIGTERM in its `open`, and be killed only when the grace period is over.
   * @returns whether one waited
   */
  turnAway(): boolean;
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

export interface GateOptions {
  /** Called each time a server was let through. */
  readonly onServed: () => void;
  /**
   * Says whether the server's process is known to live. A reader is then that process itself, in `CONFIG REWRITE`: it would hang in
   * its `open`, so it is answered.
   */
  readonly running?: { readonly is: () => boolean; readonly text: () => string };
}

/**
 * The start gate: the server's configuration file is a FIFO, so a server waits in its own `open` until the agent has
 * decided, at every start, also when only its container restarts, and with no shell in its image.
 * @param path of the FIFO
 */
export function createGate(path: string, { onServed, running }: GateOptions): Gate {
  makeFifo(path);
  let text: (() => string) | undefined;
  let quietUntil = 0;
  const serve = (words: string): boolean => {
    const file = openForReader(path);
    if (file === undefined) return false;
    try {
      // A file that a `CONFIG REWRITE` left in its place is not written to.
      if (!fstatSync(file).isFIFO()) return false;
      writeSync(file, words);
      quietUntil = Date.now() + PAUSE_AFTER_MS;
    } finally {
      closeSync(file);
    }
    return true;
  };
  const look = (): void => {
    if (Date.now() < quietUntil) return;
    if (text !== undefined) {
      if (!isFifo(path)) makeFifo(path);
      if (serve(text())) onServed();
    } else if (running?.is()) {
      // The news that the process has ended may be waiting behind this timer: it is heard first.
      setImmediate(() => {
        if (text === undefined && running.is()) serve(running.text());
      });
    }
  };
  let timer: NodeJS.Timeout;
  const lookAgain = (): void => {
    timer = setTimeout(
      () => {
        lookAgain();
        look();
      },
      text === undefined ? REWRITE_LOOK_MS : LOOK_MS,
    );
  };
  lookAgain();
  return {
    open: (next) => {
      text = next;
      clearTimeout(timer);
      lookAgain();
    },
    shut: () => {
      text = undefined;
    },
    turnAway: () => {
      text = undefined;
      return serve("the-pod-is-being-stopped\n");
    },
    close: () => clearTimeout(timer),
  };
}
