import { build } from "hdr-histogram-js";

/** Counts and latencies of one client over the whole run. */
export interface Tally {
  /** @param latencyMs from the moment the command was due to its outcome */
  add(latencyMs: number, failedAs?: string): void;
  totals(): TallyTotals;
}

export interface TallyTotals {
  readonly commands: number;
  readonly failed: number;
  readonly longestStallMs: number;
  readonly p99Ms: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** Classes are few by construction; this bounds the memory should a library prove otherwise. */
const ERROR_CLASSES_MAX = 50;
const MICROSECONDS = 1000;

/** Makes an empty tally. Memory is constant, however long the run. */
export function createTally(): Tally {
  const histogram = build({
    autoResize: true,
    highestTrackableValue: 60_000 * MICROSECONDS,
    numberOfSignificantValueDigits: 3,
  });
  const errors: Record<string, number> = {};
  let commands = 0;
  let failed = 0;
  let longestStallMs = 0;
  return {
    add(latencyMs, failedAs) {
      commands += 1;
      longestStallMs = Math.max(longestStallMs, latencyMs);
      histogram.recordValue(Math.max(1, Math.round(latencyMs * MICROSECONDS)));
      if (failedAs === undefined) return;
      failed += 1;
      countError(errors, failedAs);
    },
    totals: () => ({
      commands,
      failed,
      longestStallMs: roundMs(longestStallMs),
      p99Ms: roundMs(commands === 0 ? 0 : histogram.getValueAtPercentile(99) / MICROSECONDS),
      errors: { ...errors },
    }),
  };
}

/** Adds one to the class; classes beyond the fiftieth are counted as `other`. */
export function countError(errors: Record<string, number>, name: string): void {
  const known = errors[name] !== undefined || Object.keys(errors).length < ERROR_CLASSES_MAX;
  const key = known ? name : "other";
  errors[key] = (errors[key] ?? 0) + 1;
}

/** Microsecond precision is enough for people and keeps the lines short. */
export function roundMs(ms: number): number {
  return Math.round(ms * MICROSECONDS) / MICROSECONDS;
}
