import type { Clock } from "../../ports/clock.js";
import type { WitnessWindow } from "../../ports/witness.js";
import type { UpgradePolicy } from "../policy/policy.js";
import { addInput, initialState } from "./guard-state.js";
import { judgeState } from "./judge-state.js";
import type { GuardObservation, Verdict } from "./verdict.js";

export type { GuardObservation, Verdict } from "./verdict.js";

export interface GuardOptions {
  readonly policy: UpgradePolicy;
  readonly clock: Pick<Clock, "now">;
  /** `false`: no witness runs, so only observations are judged; then they must not stop. @default true */
  readonly witnessed?: boolean;
}

/** Collects what is seen and says at any moment what it means. Its memory does not grow with time. */
export interface Guard {
  /** A window as it comes from the witness; `atMs` counts from the beginning of that witness's load. */
  addWindow(window: WitnessWindow): void;
  addObservation(observation: GuardObservation): void;
  /** The witness is stopped on purpose: its silence means nothing until the next one is heard, or for a minute. */
  pauseWitness(): void;
  verdict(): Verdict;
}

/** A witness that reads back and starts anew takes seconds; one that takes longer than this is gone. */
const PATIENCE_MS = 60_000;

/** Starts with patience: a witness needs a while until its first window. */
export function createGuard({ policy, clock, witnessed = true }: GuardOptions): Guard {
  const loads = followLoads();
  let state = initialState(clock.now());
  let patience = { untilMs: clock.now() + PATIENCE_MS, load: 0 };

  return {
    addWindow(window) {
      const { endMs, load } = loads(window, clock.now());
      // The last windows of a load that is being ended come after the pause was asked for.
      if (window.commands > 0 && load > patience.load) patience = { untilMs: Number.NEGATIVE_INFINITY, load };
      state = addInput(state, { kind: "window", window, endMs }, policy);
    },
    addObservation(observation) {
      state = addInput(state, { kind: "observation", observation }, policy);
    },
    pauseWitness() {
      patience = { untilMs: clock.now() + PATIENCE_MS, load: loads.count() };
    },
    verdict: () => judgeState(state, { nowMs: clock.now(), policy, witnessed, patienceUntilMs: patience.untilMs }),
  };
}

interface Loads {
  /** The window's end on our clock, and the number of its load, from 1. */
  (window: WitnessWindow, nowMs: number): { readonly endMs: number; readonly load: number };
  count(): number;
}

/**
 * Windows carry the time of their own load. The one that arrived with the least delay says how both clocks lie; time that does
 * not go on belongs to a load that began anew.
 */
function followLoads(): Loads {
  let load = 0;
  let offsetMs = Number.POSITIVE_INFINITY;
  let lastAtMs = Number.POSITIVE_INFINITY;
  const follow = (window: WitnessWindow, nowMs: number) => {
    if (window.atMs <= lastAtMs) {
      load += 1;
      offsetMs = Number.POSITIVE_INFINITY;
    }
    lastAtMs = window.atMs;
    const endMs = window.atMs + window.durationMs;
    offsetMs = Math.min(offsetMs, nowMs - endMs);
    return { endMs: endMs + offsetMs, load };
  };
  return Object.assign(follow, { count: () => load });
}
