import { GRACE_PERIOD_MS, HANDOVER_BUDGET_MS } from "../../cluster/constants.js";
import type { Severity } from "../../cluster/types.js";

/** What an upgrade is judged by. A policy file holds any part of it; {@link DEFAULT_POLICY} fills in the rest. */
export interface UpgradePolicy {
  /** How long the cluster is watched. */
  readonly soak: {
    /** After the first replica was rolled. */
    readonly canaryMs: number;
    /** After every shard was handed over, while an old copy of each is still there. */
    readonly ms: number;
  };
  /** Beyond these the upgrade is held before its next step, and goes on by itself when all is well again. */
  readonly soft: {
    readonly p99Ms: number;
    /** Of one command, answered or still waiting. */
    readonly stallMs: number;
    /** Of any replica behind its primary. */
    readonly lagBytes: number;
    /** p99 and lag count once they were exceeded for this long. A stall counts at once: it is a duration itself. */
    readonly forMs: number;
    /** All must have been well for this long before the upgrade goes on. */
    readonly clearMs: number;
    /** Held for longer than this, a person has to decide. */
    readonly maxHoldMs: number;
  };
  /** Beyond these the upgrade is rolled back by itself. */
  readonly hard: {
    /** Commands that may fail in the whole run; 0: none. */
    readonly failedCommands: number;
    /** Commands that may fail in any one second, whatever the whole run is allowed. */
    readonly failedPerSecond?: number;
    /** How long any node may say that the cluster's state is `fail`. */
    readonly clusterStateFailMs: number;
    /** A node that does not answer for longer than this does not come back. */
    readonly podBackMs: number;
  };
  readonly inconclusive: {
    /** No traffic for this long: nobody can say how the cluster does. */
    readonly silentMs: number;
  };
  /** Client library -> classes of errors that are its own known fault: counted and shown, never a hard limit. */
  readonly ignoreErrors: Readonly<Record<string, readonly string[]>>;
  /** How long a person's brake may hold before the command gives up and leaves the rest for later. */
  readonly brakeMaxMs: number;
  /** How long each kind of step may take. */
  readonly deadlines: {
    /** From the request to replace a pod until it is in step again: its grace period, its start and its sync. */
    readonly podMs: number;
    /** One hand-over with its retries and its drain. */
    readonly handoverMs: number;
    /** One shard's snapshot, with the proof that it can be loaded. */
    readonly snapshotMs: number;
    /** Until every check passes after a change. */
    readonly checkMs: number;
    /** A throwaway server that tries the configuration; where pods come from images, its image may have to be pulled first. */
    readonly configurationMs: number;
  };
  /** Check id -> its severity, where it is to differ from the check's own. */
  readonly checks: Readonly<Record<string, Severity>>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MEBIBYTE = 1024 * 1024;

/** Zero downtime: nothing may fail, and what clients notice holds the upgrade long before it hurts. */
export const DEFAULT_POLICY: UpgradePolicy = {
  soak: { canaryMs: 30 * SECOND, ms: MINUTE },
  soft: {
    p99Ms: 250,
    stallMs: SECOND,
    lagBytes: 16 * MEBIBYTE,
    forMs: 2 * SECOND,
    clearMs: 5 * SECOND,
    maxHoldMs: 10 * MINUTE,
  },
  hard: { failedCommands: 0, clusterStateFailMs: SECOND, podBackMs: 3 * MINUTE },
  inconclusive: { silentMs: 5 * SECOND },
  // A node-redis client that drops a connection to a node that left the slot map rejects what waited on it.
  ignoreErrors: { "node-redis": ["Disconnects client"] },
  brakeMaxMs: 60 * MINUTE,
  deadlines: {
    podMs: GRACE_PERIOD_MS + MINUTE,
    handoverMs: HANDOVER_BUDGET_MS + 20 * SECOND,
    snapshotMs: 10 * MINUTE,
    checkMs: 30 * SECOND,
    configurationMs: 2 * MINUTE,
  },
  checks: {},
};
