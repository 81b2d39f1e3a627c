/**
 * An open loop: command k is due at a fixed time, whether or not the commands before it were answered. A loop that waits for
 * answers would send nothing during a stall and so hide it.
 */

/** When command `k` (0, 1, 2 …) is due, in milliseconds after the start. */
export function dueAtMs(k: number, ratePerSecond: number): number {
  return (k * 1000) / ratePerSecond;
}

/** How many commands are due `elapsedMs` after the start: all k with `dueAtMs(k) <= elapsedMs`. */
export function dueCount(elapsedMs: number, ratePerSecond: number): number {
  if (elapsedMs < 0) return 0;
  const count = Math.floor((elapsedMs * ratePerSecond) / 1000) + 1;
  // Division rounds: the two functions must agree, or a command would be sent before its time.
  return dueAtMs(count - 1, ratePerSecond) > elapsedMs ? count - 1 : count;
}
