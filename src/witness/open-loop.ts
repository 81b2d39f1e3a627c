import { dueAtMs, dueCount } from "./schedule.js";

export interface OpenLoopOptions {
  readonly ratePerSecond: number;
  readonly now: () => number;
  /** How late each command is sent: the loop's own delay. */
  readonly onLag: (lagMs: number) => void;
}

/** Turns are kept short, so that answers are read between them also while the loop catches up. */
const TURN_MAX = 256;

/**
 * Calls each sender by turns at a constant total rate, whatever they answer. A late turn sends all that became due meanwhile.
 * @param send called with the number of the command and the time at which it was due
 * @returns stops it
 */
export function startOpenLoop(send: (k: number, dueMs: number) => void, options: OpenLoopOptions): () => void {
  const { ratePerSecond, now, onLag } = options;
  const startedMs = now();
  let next = 0;
  let stopped = false;

  function turn(): void {
    if (stopped) return;
    const due = dueCount(now() - startedMs, ratePerSecond);
    const end = Math.min(due, next + TURN_MAX);
    for (; next < end; next += 1) {
      const dueMs = startedMs + dueAtMs(next, ratePerSecond);
      onLag(now() - dueMs);
      send(next, dueMs);
    }
    if (next < due) setImmediate(turn);
    else setTimeout(turn, Math.max(1, startedMs + dueAtMs(next, ratePerSecond) - now()));
  }

  turn();
  return () => {
    stopped = true;
  };
}
