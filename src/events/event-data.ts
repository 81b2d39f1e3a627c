import type { Finding, Role } from "../cluster/types.js";
import type { ErrorOwner } from "../errors/evenkeel-error.js";
import type { WitnessReport, WitnessWindow } from "../ports/witness.js";

/** One pod of a shard, as live views show it. */
export interface PodState {
  readonly pod: string;
  readonly role: Role;
  readonly engine: string;
  readonly version: string;
  readonly ready: boolean;
  /** Bytes behind its primary; missing for a primary and where unknown. */
  readonly lagBytes?: number;
}

/** One shard, primary first. */
export interface ShardState {
  /** e.g. `0-5460` */
  readonly slots: string;
  readonly pods: readonly PodState[];
}

interface Finished {
  readonly durationMs: number;
}

type Outcome = "passed" | "failed" | "inconclusive";

/** What each code carries. The registry describes every field of it; both are held together by types. */
export interface EventDataByCode {
  RUN_STARTED: { readonly command: string; readonly version: string; readonly processId: number };
  RUN_FINISHED: Finished & { readonly command: string; readonly exitCode: number };
  PLAN_MADE: { readonly from?: string; readonly to?: string; readonly phases: readonly string[] };

  ENGINE_FETCHING: { readonly engine: string; readonly source: string };
  ENGINE_READY: { readonly engine: string; readonly path: string };
  POD_STARTING: { readonly pod: string; readonly address?: string };
  POD_STOPPING: { readonly pod: string };
  POD_STOPPED: { readonly pod: string };
  POD_REPLACED: Finished & { readonly pod: string; readonly from: string; readonly to: string };
  CLUSTER_FORMING: { readonly pods: number; readonly shards: number; readonly replicas: number };
  CLUSTER_READY: Finished & { readonly pods: number };
  CLUSTER_STOPPED: { readonly pods: number; readonly purged: boolean };
  TOPOLOGY: { readonly shards: readonly ShardState[] };

  CHECK_FINDING: Finding;
  CHECK_DONE: { readonly passed: number; readonly warnings: number; readonly blocking: number };

  PHASE_STARTED: { readonly phase: string };
  PHASE_FINISHED: Finished & { readonly phase: string; readonly outcome: Outcome };
  STEP_STARTED: { readonly step: string; readonly pod?: string };
  STEP_FINISHED: Finished & { readonly step: string; readonly pod?: string; readonly outcome: Outcome };
  WAIT_STARTED: { readonly for: string; readonly deadlineMs: number };
  WAIT_PROGRESS: {
    readonly for: string;
    readonly elapsedMs: number;
    readonly deadlineMs: number;
    readonly reason?: string;
  };
  WAIT_FINISHED: Finished & { readonly for: string; readonly outcome: "reached" | "deadline" | "aborted" };

  HANDOVER_STARTED: { readonly from: string; readonly to?: string };
  HANDOVER_PROVEN: { readonly from: string; readonly to: string };
  HANDOVER_FINISHED: Finished & {
    readonly from: string;
    readonly to?: string;
    readonly outcome: string;
    readonly attempts: number;
    readonly timings: Readonly<Record<string, number>>;
  };
  PLAN_CHANGED: { readonly added: readonly string[]; readonly removed: readonly string[] };
  SNAPSHOT_MADE: { readonly shard: number; readonly keys: number; readonly bytes: number; readonly place: string };
  GUARD_VERDICT: { readonly verdict: string; readonly reason: string };
  BRAKED: { readonly reason: string; readonly by: string };
  RELEASED: { readonly heldMs: number };
  ROLLBACK_STARTED: { readonly reason: string };
  ROLLBACK_FINISHED: Finished & { readonly outcome: Outcome };
  UPGRADE_STOPPED: { readonly phase: string; readonly reason: string };

  WITNESS_STARTED: { readonly ratePerSecond: number; readonly clients: readonly string[] };
  WITNESS_WINDOW: WitnessWindow;
  WITNESS_REPORT: WitnessReport;

  RESULT: { readonly result: unknown };
  NOTICE: { readonly topic?: string };
  WARNING: { readonly reason?: string };
  ERROR: {
    readonly code: string;
    readonly owner: ErrorOwner;
    readonly retryable: boolean;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

export type EventCode = keyof EventDataByCode;

/** Codes that end a span: the recorder fills in their `durationMs`. */
export type FinishedCode = {
  [C in EventCode]: EventDataByCode[C] extends { readonly durationMs: number } ? C : never;
}[Exclude<EventCode, "WITNESS_WINDOW">];
