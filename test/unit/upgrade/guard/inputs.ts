import type { WitnessWindow } from "../../../../src/ports/witness.js";
import type { GuardObservation } from "../../../../src/upgrade/guard/guard.js";

export const WINDOW_MS = 250;

/** A good window with only what a test cares for. */
export function windowOf(data: Partial<WitnessWindow> = {}): WitnessWindow {
  return {
    atMs: 0,
    durationMs: WINDOW_MS,
    commands: 50,
    failed: 0,
    p50Ms: 0.3,
    p99Ms: 2,
    maxMs: 3,
    oldestPendingMs: 0,
    selfLagMs: 1,
    errors: {},
    clients: {},
    ...data,
  };
}

/** Windows one after the other, from zero. */
export function windows(...each: readonly Partial<WitnessWindow>[]): WitnessWindow[] {
  return each.map((data, index) => windowOf({ atMs: index * WINDOW_MS, ...data }));
}

/** So many equal ones. */
export function times<T>(count: number, one: T): T[] {
  return Array.from({ length: count }, () => one);
}

/** A client's failures, as a window holds them. */
export function failing(client: string, errors: Readonly<Record<string, number>>): Partial<WitnessWindow> {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return { failed, errors, clients: { [client]: { commands: 50, failed, errors } } };
}

export function observationOf(data: Partial<GuardObservation> & Pick<GuardObservation, "atMs">): GuardObservation {
  return { clusterOk: true, lagBytes: 0, canaryLost: 0, unreachable: [], ...data };
}

/** Looks every 500 ms, from zero. */
export function looks(...each: readonly Partial<GuardObservation>[]): GuardObservation[] {
  return each.map((data, index) => observationOf({ atMs: index * 500, ...data }));
}
