import type { EventLevel } from "../ports/event-sink.js";
import type { EventCode, EventDataByCode } from "./event-data.js";

/** How a code is documented. `data` names every field that the event carries. */
export interface EventDefinition<C extends EventCode> {
  readonly level: EventLevel;
  readonly description: string;
  readonly data: Readonly<Record<keyof Required<EventDataByCode[C]>, string>>;
}

const DURATION = "milliseconds since the matching start";
const DEADLINE = "milliseconds after which the wait is given up";
const OUTCOME = "`passed`, `failed` or `inconclusive`";
const ENGINE = "e.g. `redis@8.0`";

/** Every event there is. `docs/events.md` is made from it. */
export const EVENTS: { readonly [C in EventCode]: EventDefinition<C> } = {
  RUN_STARTED: {
    level: "debug",
    description: "A command began.",
    data: { command: "name of the command", version: "version of evenkeel", processId: "of the command line" },
  },
  RUN_FINISHED: {
    level: "debug",
    description: "A command ended; the last event of a run.",
    data: { durationMs: DURATION, command: "name of the command", exitCode: "see exit-codes.md" },
  },
  PLAN_MADE: {
    level: "info",
    description: "The phases that will follow are known.",
    data: { from: ENGINE, to: ENGINE, phases: "names, in order" },
  },
  ENGINE_FETCHING: {
    level: "info",
    description: "A server program is being fetched into the cache.",
    data: { engine: ENGINE, source: "where it comes from" },
  },
  ENGINE_READY: {
    level: "info",
    description: "The server program of an engine is known.",
    data: { engine: "with its full version", path: "of the program" },
  },
  POD_STARTING: {
    level: "info",
    description: "A pod was asked to start.",
    data: { pod: "its name", address: "where its server will listen" },
  },
  POD_STOPPING: { level: "info", description: "A pod was asked to stop.", data: { pod: "its name" } },
  POD_STOPPED: { level: "info", description: "A pod is gone; its data stays.", data: { pod: "its name" } },
  POD_REPLACED: {
    level: "info",
    description: "A pod runs anew with another template, ready and in step.",
    data: { durationMs: DURATION, pod: "its name", from: ENGINE, to: ENGINE },
  },
  CLUSTER_FORMING: {
    level: "info",
    description: "All pods were started; their agents make one cluster of them.",
    data: { pods: "how many", shards: "how many", replicas: "of each shard" },
  },
  CLUSTER_READY: {
    level: "info",
    description: "The cluster is formed and every pod is ready.",
    data: { durationMs: DURATION, pods: "how many" },
  },
  CLUSTER_STOPPED: {
    level: "debug",
    description: "No process of the cluster is left.",
    data: { pods: "how many were stopped", purged: "true when the data was removed too" },
  },
  TOPOLOGY: {
    level: "debug",
    description: "Shards, roles and versions as they are now; sent when they changed.",
    data: { shards: "`[{slots, pods: [{pod, role, engine, version, ready, lagBytes}]}]`, primary first" },
  },
  CHECK_FINDING: {
    level: "info",
    description: "A health check passed or failed.",
    data: {
      id: "stable name of the check",
      status: "`pass` or `fail`",
      severity: "`block` or `warn`",
      subject: "node or shard; missing for the cluster",
      evidence: "what was seen, with values",
      advice: "what to do about it",
    },
  },
  CHECK_DONE: {
    level: "info",
    description: "All health checks of a round were made.",
    data: { passed: "how many passed", warnings: "failed, not blocking", blocking: "failed and blocking" },
  },
  PHASE_STARTED: { level: "info", description: "A phase of the plan began.", data: { phase: "its name" } },
  PHASE_FINISHED: {
    level: "info",
    description: "A phase of the plan ended.",
    data: { durationMs: DURATION, phase: "its name", outcome: OUTCOME },
  },
  STEP_STARTED: {
    level: "info",
    description: "One step began: one change to one pod.",
    data: { step: "what is done", pod: "to which pod" },
  },
  STEP_FINISHED: {
    level: "info",
    description: "One step ended.",
    data: { durationMs: DURATION, step: "what was done", pod: "to which pod", outcome: OUTCOME },
  },
  WAIT_STARTED: {
    level: "debug",
    description: "Something has to become true before the run goes on.",
    data: { for: "what is waited for", deadlineMs: DEADLINE },
  },
  WAIT_PROGRESS: {
    level: "info",
    description: "It is not true yet.",
    data: {
      for: "what is waited for",
      elapsedMs: "milliseconds so far",
      deadlineMs: DEADLINE,
      reason: "what is missing",
    },
  },
  WAIT_FINISHED: {
    level: "debug",
    description: "The wait is over.",
    data: { durationMs: DURATION, for: "what was waited for", outcome: "`reached`, `deadline` or `aborted`" },
  },
  HANDOVER_STARTED: {
    level: "info",
    description: "A primary begins to give its slots to one of its replicas.",
    data: { from: "pod that serves now", to: "pod that will serve, once chosen" },
  },
  HANDOVER_PROVEN: {
    level: "info",
    description: "Every node's view shows the new primary.",
    data: { from: "pod that served", to: "pod that serves now" },
  },
  HANDOVER_FINISHED: {
    level: "info",
    description: "A hand-over ended, drain included.",
    data: {
      durationMs: DURATION,
      from: "pod that served",
      to: "pod that serves now",
      outcome: "`done`, `not-needed`, `impossible` or `failed`",
      attempts: "how often it was tried",
      timings: "milliseconds by phase: turn, gate, failover, proof, drain",
    },
  },
  PLAN_CHANGED: {
    level: "warn",
    description: "The cluster is not as the plan expected; what is left was planned again.",
    data: { added: "ids of steps that were not planned before", removed: "ids of steps that are not needed any more" },
  },
  SNAPSHOT_MADE: {
    level: "info",
    description: "A shard's data was kept aside and loaded by its own engine for proof.",
    data: { shard: "its number", keys: "in it", bytes: "of the file", place: "where it is kept" },
  },
  GUARD_VERDICT: {
    level: "warn",
    description: "The judgement of what clients see changed.",
    data: { verdict: "`ok`, `soft`, `hard` or `inconclusive`", reason: "the value seen and its limit" },
  },
  BRAKED: {
    level: "warn",
    description: "The upgrade holds before its next step.",
    data: { reason: "why", by: "`person`, `guard` or `engine`" },
  },
  RELEASED: { level: "info", description: "The upgrade goes on.", data: { heldMs: "milliseconds it was held" } },
  ROLLBACK_STARTED: { level: "warn", description: "The upgrade is taken back.", data: { reason: "why" } },
  ROLLBACK_FINISHED: {
    level: "info",
    description: "The former version serves again.",
    data: { durationMs: DURATION, outcome: OUTCOME },
  },
  UPGRADE_STOPPED: {
    level: "error",
    description: "The upgrade stopped before its end; nothing more is changed.",
    data: { phase: "in which phase", reason: "why" },
  },
  WITNESS_STARTED: {
    level: "info",
    description: "Real clients began to put load on the cluster.",
    data: { ratePerSecond: "commands asked for", clients: "client libraries" },
  },
  WITNESS_WINDOW: {
    level: "debug",
    description: "What the clients saw in one short window.",
    data: {
      atMs: "milliseconds since the load began",
      durationMs: "length of the window",
      commands: "answered in the window",
      failed: "failed in the window",
      p50Ms: "median latency",
      p99Ms: "99th percentile",
      maxMs: "longest",
      oldestPendingMs: "age of the oldest command without an answer",
      selfLagMs: "how late the witness itself sent: its own share in the latencies",
      errors: "error class to count",
      clients: "commands and failures by client library",
    },
  },
  WITNESS_REPORT: {
    level: "info",
    description: "What the clients saw in all, after every key was read back.",
    data: {
      seconds: "how long the load ran",
      commands: "answered",
      failed: "failed",
      lost: "acknowledged writes that were missing or older at the end",
      doubled: "writes applied twice",
      longestStallMs: "longest time without an answer",
      p99Ms: "99th percentile",
      selfLagMs: "how late the witness itself sent, at most",
      lostKeys: "the first few that were lost",
      doubledKeys: "the first few that were doubled",
      errors: "error class to count",
      clients: "the same totals by client library",
    },
  },
  RESULT: { level: "result", description: "What the command was asked for.", data: { result: "as printed" } },
  NOTICE: { level: "info", description: "Something worth knowing.", data: { topic: "what it is about" } },
  WARNING: {
    level: "warn",
    description: "Something is not as it should be; the run goes on.",
    data: { reason: "why" },
  },
  ERROR: {
    level: "error",
    description: "The command failed.",
    data: {
      code: "of the error, e.g. `ENGINE_NOT_FOUND`",
      owner: "who has to act: `user`, `environment` or `bug`",
      retryable: "true when the same call may succeed later",
      hint: "the next command",
      details: "facts for machines",
    },
  },
};
