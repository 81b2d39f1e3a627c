import type { WitnessWindow } from "../ports/witness.js";
import { countError, roundMs } from "./tally.js";

/** Collects the outcomes of one window after the other. */
export interface WindowTally {
  add(client: string, latencyMs: number, failedAs?: string): void;
  /** @param lagMs how late the witness itself sent a command */
  lag(lagMs: number): void;
  /** Ends the window and begins the next. */
  close(atMs: number, durationMs: number, oldestPendingMs: number): WitnessWindow;
}

/** @param clients names that every window lists, also when they did nothing in it */
export function createWindowTally(clients: readonly string[]): WindowTally {
  let latencies: number[] = [];
  let failed = 0;
  let selfLagMs = 0;
  let errors: Record<string, number> = {};
  let perClient = emptyCounts(clients);

  return {
    add(client, latencyMs, failedAs) {
      latencies.push(latencyMs);
      const counts = perClient[client];
      if (counts !== undefined) counts.commands += 1;
      if (failedAs === undefined) return;
      failed += 1;
      if (counts !== undefined) {
        counts.failed += 1;
        countError(counts.errors, failedAs);
      }
      countError(errors, failedAs);
    },
    lag(lagMs) {
      selfLagMs = Math.max(selfLagMs, lagMs);
    },
    close(atMs, durationMs, oldestPendingMs) {
      const sorted = latencies.toSorted((a, b) => a - b);
      const window = {
        atMs: roundMs(atMs),
        durationMs: roundMs(durationMs),
        commands: sorted.length,
        failed,
        p50Ms: roundMs(quantile(sorted, 0.5)),
        p99Ms: roundMs(quantile(sorted, 0.99)),
        maxMs: roundMs(sorted.at(-1) ?? 0),
        oldestPendingMs: roundMs(oldestPendingMs),
        selfLagMs: roundMs(selfLagMs),
        errors,
        clients: perClient,
      };
      latencies = [];
      failed = 0;
      selfLagMs = 0;
      errors = {};
      perClient = emptyCounts(clients);
      return window;
    },
  };
}

interface ClientCounts {
  commands: number;
  failed: number;
  readonly errors: Record<string, number>;
}

function emptyCounts(clients: readonly string[]): Record<string, ClientCounts> {
  return Object.fromEntries(clients.map((name) => [name, { commands: 0, failed: 0, errors: {} }]));
}

/** Nearest rank. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}
