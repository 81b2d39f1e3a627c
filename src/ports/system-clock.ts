import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./clock.js";

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};
