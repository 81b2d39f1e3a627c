import type { WitnessClientTotals, WitnessReport } from "../ports/witness.js";

function add(a: WitnessClientTotals, b: WitnessClientTotals): WitnessClientTotals {
  const errors = { ...a.errors };
  for (const [kind, count] of Object.entries(b.errors)) errors[kind] = (errors[kind] ?? 0) + count;
  return {
    commands: a.commands + b.commands,
    failed: a.failed + b.failed,
    lost: a.lost + b.lost,
    doubled: a.doubled + b.doubled,
    longestStallMs: Math.max(a.longestStallMs, b.longestStallMs),
    // Percentiles do not add up; the worse one is never too good.
    p99Ms: Math.max(a.p99Ms, b.p99Ms),
    errors,
  };
}

/** The reports of witnesses that ran one after the other, as one; undefined when none ran. */
export function mergeReports(reports: readonly WitnessReport[]): WitnessReport | undefined {
  const [first, ...others] = reports;
  return first && others.reduce(merge, first);
}

function merge(a: WitnessReport, b: WitnessReport): WitnessReport {
  const clients: Record<string, WitnessClientTotals> = { ...a.clients };
  for (const [client, totals] of Object.entries(b.clients)) {
    const known = clients[client];
    clients[client] = known ? add(known, totals) : totals;
  }
  return {
    ...add(a, b),
    seconds: a.seconds + b.seconds,
    selfLagMs: Math.max(a.selfLagMs, b.selfLagMs),
    lostKeys: [...a.lostKeys, ...b.lostKeys],
    doubledKeys: [...a.doubledKeys, ...b.doubledKeys],
    clients,
  };
}
