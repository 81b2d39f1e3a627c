import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { Recorder } from "../events/recorder.js";
import type { Clock } from "../ports/clock.js";

/** What one look came to: reached, or not yet and why. */
export type Look<T> =
  | { readonly reached: true; readonly value: T }
  | { readonly reached: false; readonly reason: string };

export interface WaitOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly recorder: Recorder;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks. @default 100 */
  readonly everyMs?: number;
  /** Told only when it does not come at once. */
  readonly quiet?: boolean;
}

/** Progress is told this often. */
const TELL_MS = 500;

/**
 * Looks until what is waited for is reached. Every wait has a deadline and says what it waits for and why not yet.
 * @param what e.g. `rc-3 to be ready`
 * @throws EvenkeelError `DEADLINE` with the last reason
 */
export async function waitUntil<T>(what: string, look: () => Promise<Look<T>>, options: WaitOptions): Promise<T> {
  const { clock, deadlineMs, recorder, signal, everyMs = 100, quiet = false } = options;
  const begin = clock.now();
  const span = recorder.span("wait");
  let looks = 0;
  let told = begin;
  let reason = "";
  if (!quiet) span.emit("WAIT_STARTED", `waiting for ${what}`, { for: what, deadlineMs });
  for (;;) {
    signal?.throwIfAborted();
    const seen = await look();
    looks += 1;
    if (seen.reached && quiet && looks === 1) return seen.value;
    if (seen.reached) {
      span.finish("WAIT_FINISHED", what, { for: what, outcome: "reached" });
      return seen.value;
    }
    if (quiet && looks === 1) span.emit("WAIT_STARTED", `waiting for ${what}`, { for: what, deadlineMs });
    reason = seen.reason;
    const elapsedMs = clock.now() - begin;
    if (elapsedMs > deadlineMs) {
      span.finish("WAIT_FINISHED", `${what}: not within ${deadlineMs / 1000} s: ${reason}`, {
        for: what,
        outcome: "deadline",
      });
      throw new EvenkeelError(`${what}: not within ${deadlineMs / 1000} s; last seen: ${reason}`, {
        code: "DEADLINE",
        owner: "environment",
        retryable: true,
        hint: "evenkeel status",
        details: { for: what, deadlineMs, reason },
      });
    }
    if (clock.now() - told > TELL_MS) {
      told = clock.now();
      span.emit("WAIT_PROGRESS", `waiting for ${what}: ${reason}`, { for: what, elapsedMs, deadlineMs, reason });
    }
    await clock.sleep(everyMs, signal);
  }
}
