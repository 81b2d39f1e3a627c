/** What one measurement says about a limit; `unclear`: beyond it, but the one who measured may be the reason. */
export type Grade = "good" | "unclear" | "bad";

export interface Sample {
  readonly grade: Grade;
  readonly value: number;
  /** How long the measurement stands for. */
  readonly durationMs: number;
  /** By how much the one who measured was late itself. */
  readonly selfLagMs?: number;
}

export interface ExceedanceLimits {
  /** Beyond the limit for this long in all, less the time within it. */
  readonly forMs: number;
  /** Within the limit for this long without a break, to be good again. */
  readonly clearMs: number;
}

/** What was seen up to the moment at which a limit counted as passed. It stays the same until all is good again. */
export interface Evidence {
  /** The worst value. */
  readonly value: number;
  readonly forMs: number;
  readonly selfLagMs: number;
}

/**
 * How a limit has fared. Time beyond it counts up and time within it counts down, so a value that jumps about the limit trips
 * it too when it is beyond for the greater part; once tripped, only `clearMs` of good measurements in a row make it good again.
 */
export interface Exceedance {
  readonly state: Grade;
  /** Of the moment at which it came into this state; zeros while it is good. */
  readonly evidence: Evidence;
  readonly badMs: number;
  /** Bad and unclear together. */
  readonly doubtMs: number;
  /** Good without a break until now. */
  readonly goodMs: number;
  /** Of the measurements since it was last wholly good. */
  readonly worst: number;
  readonly selfLagMs: number;
}

export const UNHARMED: Exceedance = {
  state: "good",
  evidence: { value: 0, forMs: 0, selfLagMs: 0 },
  badMs: 0,
  doubtMs: 0,
  goodMs: 0,
  worst: 0,
  selfLagMs: 0,
};

/** Adds one measurement. */
export function addSample(before: Exceedance, sample: Sample, limits: ExceedanceLimits): Exceedance {
  const { grade, value, durationMs, selfLagMs = 0 } = sample;
  const goodMs = grade === "good" ? before.goodMs + durationMs : 0;
  if (before.state !== "good" && goodMs >= limits.clearMs) return UNHARMED;
  const badMs = count(before.badMs, durationMs, grade === "bad");
  const doubtMs = count(before.doubtMs, durationMs, grade !== "good");
  if (before.state === "good" && doubtMs === 0 && grade === "good") return UNHARMED;
  const worst = grade === "good" ? before.worst : Math.max(before.worst, value);
  const late = grade === "good" ? before.selfLagMs : Math.max(before.selfLagMs, selfLagMs);
  const state = nextState(before.state, { grade, badMs, doubtMs, forMs: limits.forMs });
  const evidence =
    state === before.state
      ? before.evidence
      : { value: worst, forMs: state === "bad" ? badMs : doubtMs, selfLagMs: late };
  return { state, evidence, badMs, doubtMs, goodMs, worst, selfLagMs: late };
}

function count(ms: number, durationMs: number, up: boolean): number {
  return up ? ms + durationMs : Math.max(0, ms - durationMs);
}

interface Doubt {
  readonly grade: Grade;
  readonly badMs: number;
  readonly doubtMs: number;
  readonly forMs: number;
}

function nextState(state: Grade, { grade, badMs, doubtMs, forMs }: Doubt): Grade {
  if (state === "bad" || (grade === "bad" && badMs >= forMs)) return "bad";
  return state === "unclear" || (grade !== "good" && doubtMs >= forMs) ? "unclear" : "good";
}
