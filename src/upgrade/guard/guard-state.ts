import type { WitnessWindow } from "../../ports/witness.js";
import type { UpgradePolicy } from "../policy/policy.js";
import { addSample, type Exceedance, type Sample, UNHARMED } from "./exceedance.js";
import { addFailures, type Failures, NO_FAILURES } from "./failures.js";
import type { GuardInput, GuardObservation } from "./verdict.js";

/** All that a verdict rests on. Its size depends on the number of clients and nodes, not on how long the guard watches. */
export interface GuardState {
  readonly failures: Failures;
  readonly p99: Exceedance;
  readonly stall: Exceedance;
  readonly lag: Exceedance;
  /** The longest that the cluster's state was `fail` without a break, and since when it is now. */
  readonly clusterFail: { readonly sinceMs?: number; readonly longestMs: number };
  readonly canaryLost: number;
  /** Node -> since when it does not answer. */
  readonly unreachable: Readonly<Record<string, number>>;
  /** The node that was away for longest, for good. */
  readonly away: { readonly node: string; readonly ms: number };
  /** Last time that a client had an answer, or waited for one. */
  readonly trafficMs: number;
  readonly observedMs: number;
}

/** @param nowMs silence is counted from here */
export function initialState(nowMs: number): GuardState {
  return {
    failures: NO_FAILURES,
    p99: UNHARMED,
    stall: UNHARMED,
    lag: UNHARMED,
    clusterFail: { longestMs: 0 },
    canaryLost: 0,
    unreachable: {},
    away: { node: "", ms: 0 },
    trafficMs: nowMs,
    observedMs: nowMs,
  };
}

/** Adds what was seen. */
export function addInput(state: GuardState, input: GuardInput, policy: UpgradePolicy): GuardState {
  return input.kind === "window" ? addWindow(state, input, policy) : addObservation(state, input.observation, policy);
}

function addWindow(
  state: GuardState,
  { window, endMs }: { readonly window: WitnessWindow; readonly endMs: number },
  { soft, ignoreErrors }: UpgradePolicy,
): GuardState {
  const { forMs, clearMs } = soft;
  const stallMs = Math.max(window.maxMs, window.oldestPendingMs);
  const idle = window.commands === 0 && window.oldestPendingMs === 0;
  const p99 =
    window.commands === 0
      ? state.p99
      : addSample(state.p99, gradeLatency(window.p99Ms, soft.p99Ms, window), { forMs, clearMs });
  // A stall is a duration itself: the window in which it passes the limit trips it.
  const stall = idle
    ? state.stall
    : addSample(state.stall, gradeLatency(stallMs, soft.stallMs, window), { forMs: 0, clearMs });
  return {
    ...state,
    failures: addFailures(state.failures, window, { endMs, ignoreErrors }),
    p99,
    stall,
    trafficMs: idle ? state.trafficMs : Math.max(state.trafficMs, endMs),
  };
}

/** What the witness itself was late by may be missing in what the cluster is blamed for. */
function gradeLatency(valueMs: number, limitMs: number, window: WitnessWindow): Sample {
  const { durationMs, selfLagMs } = window;
  const beyond = valueMs - selfLagMs > limitMs ? "bad" : "unclear";
  return { grade: valueMs > limitMs ? beyond : "good", value: valueMs, durationMs, selfLagMs };
}

/** An observation stands for the time since the one before; after a long pause nobody knows, so for no longer than this. */
const OBSERVATION_MAX_MS = 2000;

function addObservation(state: GuardState, seen: GuardObservation, { soft }: UpgradePolicy): GuardState {
  const durationMs = Math.min(OBSERVATION_MAX_MS, Math.max(0, seen.atMs - state.observedMs));
  const { lagBytes } = seen;
  const lag =
    lagBytes === undefined
      ? state.lag
      : addSample(state.lag, { grade: lagBytes > soft.lagBytes ? "bad" : "good", value: lagBytes, durationMs }, soft);
  const unreachable = Object.fromEntries(
    seen.unreachable.map((node) => [node, state.unreachable[node] ?? seen.atMs] as const),
  );
  let away = state.away;
  for (const [node, sinceMs] of Object.entries(unreachable)) {
    if (seen.atMs - sinceMs > away.ms) away = { node, ms: seen.atMs - sinceMs };
  }
  return {
    ...state,
    lag,
    clusterFail: clusterFailAfter(state.clusterFail, seen),
    canaryLost: state.canaryLost + seen.canaryLost,
    unreachable,
    away,
    observedMs: Math.max(state.observedMs, seen.atMs),
  };
}

function clusterFailAfter(before: GuardState["clusterFail"], seen: GuardObservation): GuardState["clusterFail"] {
  if (seen.clusterOk) return { longestMs: before.longestMs };
  const sinceMs = before.sinceMs ?? seen.atMs;
  return { sinceMs, longestMs: Math.max(before.longestMs, seen.atMs - sinceMs) };
}
