import type { WitnessWindow } from "../../ports/witness.js";

/** One look at the cluster, beside what clients see. */
export interface GuardObservation {
  /** On the same clock as `nowMs`. */
  readonly atMs: number;
  /** Every node that answered says `cluster_state:ok`. */
  readonly clusterOk: boolean;
  /** Of the replica that is furthest behind; left out when nobody knows. */
  readonly lagBytes?: number;
  /** Canary keys whose acknowledged value is gone. */
  readonly canaryLost: number;
  /** Nodes that do not answer. */
  readonly unreachable: readonly string[];
}

/** What a verdict rests on. */
export type LimitName =
  | "failed-commands"
  | "failed-per-second"
  | "cluster-state"
  | "canary"
  | "pod-back"
  | "p99"
  | "stall"
  | "lag"
  | "silence";

interface Reasoned {
  readonly limit: LimitName;
  /** With the value that was seen and the limit, e.g. `p99 412 ms > 250 ms for 2.3 s`. */
  readonly reason: string;
}

/**
 * `soft`: hold before the next step, it goes on by itself. `hard`: roll back. `inconclusive`: nobody can tell, so hold.
 */
export type Verdict =
  | { readonly kind: "ok" }
  | ({ readonly kind: "soft" } & Reasoned)
  | ({ readonly kind: "hard" } & Reasoned)
  | ({ readonly kind: "inconclusive" } & Reasoned);

/** What the guard is told, on the clock of `nowMs`. */
export type GuardInput =
  | { readonly kind: "window"; readonly window: WitnessWindow; readonly endMs: number }
  | { readonly kind: "observation"; readonly observation: GuardObservation };

export const OK: Verdict = { kind: "ok" };

/** `412 ms`, `2.3 s`, `90 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** `900 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit] ?? ""}`;
}
