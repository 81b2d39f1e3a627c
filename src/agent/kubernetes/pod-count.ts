import type { Clock } from "../../ports/clock.js";
import { writeDurably } from "../files.js";
import type { LookUp } from "./look-up.js";

const LOOK_MS = 2000;

export interface PodCountOptions {
  readonly clock: Clock;
  readonly lookUp: LookUp;
  /** Full DNS name of the pod of an ordinal, which exists as soon as the pod is to exist. */
  readonly nameOf: (ordinal: number) => string;
  /** How many pods the mounted file tells. */
  readonly told: () => number;
  /** Where the agent reads the number from. */
  readonly file: string;
}

/** How many pods there are. */
export interface PodCount {
  readonly pods: () => number;
  /** Looks again, every two seconds at most. */
  refresh(): Promise<void>;
}

/**
 * A mounted file is up to a minute and a half late. A pod that was added meanwhile would be taken for a stranger, and forgotten when
 * it restarts: its Service, which DNS knows at once, tells of it.
 */
export function createPodCount({ clock, lookUp, nameOf, told, file }: PodCountOptions): PodCount {
  let count = 0;
  let lookAt = Number.NEGATIVE_INFINITY;
  return {
    pods: () => count,
    refresh: async () => {
      if (clock.now() < lookAt) return;
      lookAt = clock.now() + LOOK_MS;
      let next = told();
      try {
        while ((await lookUp(nameOf(next))) !== undefined) next += 1;
      } catch {
        // A DNS that does not answer takes no pod away.
        next = Math.max(next, count);
      }
      if (next === count) return;
      count = next;
      writeDurably(file, JSON.stringify({ pods: count }));
    },
  };
}
