/** What steps are expected to take. A guess for the printed plan; nothing is decided by it. */
export interface ExpectedTimes {
  readonly podMs: number;
  readonly handoverMs: number;
  readonly snapshotMs: number;
  readonly checkMs: number;
}

/** Deadlines of a plan's waits, and how long it watches. Milliseconds. */
export interface PlanTiming {
  readonly canarySoakMs: number;
  readonly soakMs: number;
  /** A pod may take so long to stop, to start and to be in step again. */
  readonly podMs: number;
  readonly handoverMs: number;
  /** Of one shard. */
  readonly snapshotMs: number;
  readonly checkMs: number;
  /** A throwaway server that tries the configuration. */
  readonly configurationMs: number;
  /** @default {@link EXPECTED} */
  readonly expected?: ExpectedTimes;
}

/** With little data, on one machine: a pod is back in a few seconds, a hand-over is mostly its drain. */
export const EXPECTED: ExpectedTimes = { podMs: 6000, handoverMs: 4000, snapshotMs: 2000, checkMs: 1000 };
