import type { ShardState } from "./event-data.js";

export interface PhaseState {
  readonly name: string;
  readonly state: "planned" | "running" | "passed" | "failed" | "inconclusive";
  readonly startedMs?: number;
  readonly durationMs?: number;
}

interface WaitState {
  readonly span: string;
  readonly for: string;
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly reason?: string;
}

/** What the clients saw so far. */
export interface LoadState {
  readonly commands: number;
  readonly failed: number;
  /** Of the last window. */
  readonly ratePerSecond: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  readonly oldestPendingMs: number;
  /** Known only after the read-back. */
  readonly lost?: number;
  readonly doubled?: number;
}

/** A run, folded from its events: all that a live view, a page or a report needs. Times are milliseconds since 1970. */
export interface RunState {
  readonly run: string;
  readonly command: string;
  readonly from?: string;
  readonly to?: string;
  readonly startedMs?: number;
  /** Time of the last event. */
  readonly atMs: number;
  readonly phases: readonly PhaseState[];
  /** Step that is being done now. */
  readonly step?: { readonly name: string; readonly pod?: string; readonly startedMs: number };
  readonly waits: readonly WaitState[];
  readonly shards: readonly ShardState[];
  /** Pod -> what is being done to it. */
  readonly activity: Readonly<Record<string, string>>;
  readonly load?: LoadState;
  readonly handovers: number;
  /** Checks of the last round that failed; the next finding after the end of a round begins a new one. */
  readonly findings: readonly {
    readonly id: string;
    readonly severity: string;
    readonly evidence: string;
    readonly subject?: string;
  }[];
  readonly checksOver: boolean;
  readonly warnings: number;
  readonly stopped?: string;
  readonly error?: string;
  readonly result?: unknown;
  readonly exitCode?: number;
}

export const INITIAL_STATE: RunState = {
  run: "",
  command: "",
  atMs: 0,
  phases: [],
  waits: [],
  shards: [],
  activity: {},
  handovers: 0,
  findings: [],
  checksOver: true,
  warnings: 0,
};
