import type { Event } from "../ports/event-sink.js";
import { isHeard, isShown, isTick, toPlain, type Verbosity } from "./describe-event.js";
import { formatCount, formatDuration } from "./format-quantity.js";
import type { Host, TextStream } from "./host.js";

export interface LinesOptions {
  /** @default "all" */
  readonly verbosity?: Verbosity;
  /** Least time between two lines of the same repeating event. @default 5000 */
  readonly tickMs?: number;
}

const MARKS: Readonly<Record<Event["level"], string>> = {
  error: "error: ",
  warn: "warning: ",
  result: "",
  info: "",
  debug: "",
};

/** Sums up the windows that were not printed, so that a failure between two lines is not lost. */
interface LoadTick {
  commands: number;
  failed: number;
  durationMs: number;
  p99Ms: number;
}

function readNumber(event: Event, field: string): number {
  const value = event.data[field];
  return typeof value === "number" ? value : 0;
}

/** Plain lines, each with its time (UTC) and no control codes: for a pipe, a file, a CI. */
export function createLinesHost(stream: TextStream, options: LinesOptions = {}): Host {
  const { verbosity = "all", tickMs = 5000 } = options;
  const lastTickMs = new Map<string, number>();
  const load: LoadTick = { commands: 0, failed: 0, durationMs: 0, p99Ms: 0 };

  const print = (event: Event, text: string): void => {
    stream.write(`${event.time.slice(11, 19)} ${MARKS[event.level]}${toPlain(text)}\n`);
  };

  const isDue = (event: Event): boolean => {
    const key = `${event.code} ${event.span}`;
    const atMs = Date.parse(event.time);
    const lastMs = lastTickMs.get(key);
    if (lastMs !== undefined && atMs - lastMs < tickMs) return false;
    lastTickMs.set(key, atMs);
    return true;
  };

  const tick = (event: Event): void => {
    if (event.code === "WAIT_PROGRESS") {
      if (!isDue(event)) return;
      const elapsed = formatDuration(readNumber(event, "elapsedMs"));
      print(event, `${event.message} (${elapsed} of ${formatDuration(readNumber(event, "deadlineMs"))})`);
      return;
    }
    load.commands += readNumber(event, "commands");
    load.failed += readNumber(event, "failed");
    load.durationMs += readNumber(event, "durationMs");
    load.p99Ms = Math.max(load.p99Ms, readNumber(event, "p99Ms"));
    if (!isDue(event)) return;
    const rate = load.durationMs > 0 ? Math.round((load.commands * 1000) / load.durationMs) : 0;
    print(event, `load ${formatCount(rate)}/s, p99 ${formatDuration(load.p99Ms)}, failed ${formatCount(load.failed)}`);
    Object.assign(load, { commands: 0, failed: 0, durationMs: 0, p99Ms: 0 });
  };

  return {
    wants: (level) => isHeard(level, verbosity),
    notify: (event) => {
      if (!isShown(event, verbosity)) return;
      if (isTick(event)) tick(event);
      else print(event, event.message);
    },
    close: () => undefined,
  };
}
