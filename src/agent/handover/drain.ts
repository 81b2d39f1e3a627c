import { DRAIN_MAX_MS, DRAIN_MIN_MS, DRAIN_QUIET_MS } from "../../cluster/constants.js";
import type { Clock } from "../../ports/clock.js";
import type { NodeConnection } from "../../redis/connect-node.js";

const LOOK_MS = 100;

export interface DrainOptions {
  readonly clock: Clock;
  /** Never later than this. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until no client asks the demoted node for what it no longer has: `errorstat_MOVED` counts only what clients sent to
 * the wrong node (commandstats would count replicated writes too). Some libraries renew their map only every 10 s, so a
 * fixed pause is either too short or too long.
 * @returns how many were still sent here, and whether it became quiet in time
 */
export async function drain(
  own: NodeConnection,
  { clock, deadline, signal }: DrainOptions,
): Promise<{ moved: number; quiet: boolean }> {
  const begin = clock.now();
  const end = Math.min(deadline, begin + DRAIN_MAX_MS);
  const first = await countMoved(own);
  let last = first;
  let lastChange = begin;
  for (;;) {
    const now = clock.now();
    if (now - begin >= DRAIN_MIN_MS && now - lastChange >= DRAIN_QUIET_MS) return { moved: last - first, quiet: true };
    if (now >= end) return { moved: last - first, quiet: false };
    await clock.sleep(LOOK_MS, signal);
    const count = await countMoved(own);
    if (count !== last) {
      last = count;
      lastChange = clock.now();
    }
  }
}

async function countMoved(own: NodeConnection): Promise<number> {
  const text = String(await own.call("INFO", "errorstats"));
  return Number(/^errorstat_MOVED:count=(\d+)/m.exec(text)?.[1] ?? 0);
}
