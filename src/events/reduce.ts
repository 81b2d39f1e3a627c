import type { Event } from "../ports/event-sink.js";
import type { EventCode, EventDataByCode } from "./event-data.js";
import { EVENTS } from "./registry.js";
import type { LoadState, PhaseState, RunState } from "./run-state.js";

type Typed = { [C in EventCode]: { readonly code: C; readonly data: EventDataByCode[C] } }[EventCode];

/** The registry is the contract between who emits and who reads, so a known code has the data that it promises. */
function typed(event: Event): Typed | undefined {
  return Object.hasOwn(EVENTS, event.code) ? (event as unknown as Typed) : undefined;
}

function withPhase(phases: readonly PhaseState[], phase: PhaseState): readonly PhaseState[] {
  const known = phases.some((p) => p.name === phase.name);
  return known ? phases.map((p) => (p.name === phase.name ? phase : p)) : [...phases, phase];
}

function withActivity(state: RunState, pod: string | undefined, doing: string | undefined): RunState["activity"] {
  if (pod === undefined) return state.activity;
  const { [pod]: _before, ...others } = state.activity;
  return doing === undefined ? others : { ...others, [pod]: doing };
}

function withWindow(load: LoadState | undefined, window: EventDataByCode["WITNESS_WINDOW"]): LoadState {
  const longest = Math.max(window.maxMs, window.oldestPendingMs, load?.longestMs ?? 0);
  return {
    commands: (load?.commands ?? 0) + window.commands,
    failed: (load?.failed ?? 0) + window.failed,
    ratePerSecond: window.durationMs > 0 ? Math.round((window.commands * 1000) / window.durationMs) : 0,
    p99Ms: window.p99Ms,
    longestMs: longest,
    oldestPendingMs: window.oldestPendingMs,
  };
}

function reducePhase(state: RunState, event: Typed, atMs: number): RunState | undefined {
  switch (event.code) {
    case "PLAN_MADE": {
      const { from, to, phases } = event.data;
      return {
        ...state,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        phases: phases.map((name) => state.phases.find((p) => p.name === name) ?? { name, state: "planned" }),
      };
    }
    case "PHASE_STARTED":
      return {
        ...state,
        phases: withPhase(state.phases, { name: event.data.phase, state: "running", startedMs: atMs }),
      };
    case "PHASE_FINISHED": {
      const { phase, outcome, durationMs } = event.data;
      const startedMs = atMs - durationMs;
      return { ...state, phases: withPhase(state.phases, { name: phase, state: outcome, startedMs, durationMs }) };
    }
    case "STEP_STARTED": {
      const { step, pod } = event.data;
      const now = { name: step, ...(pod === undefined ? {} : { pod }), startedMs: atMs };
      return { ...state, step: now, activity: withActivity(state, pod, step) };
    }
    case "STEP_FINISHED": {
      const { step: _done, ...rest } = state;
      return { ...rest, activity: withActivity(state, event.data.pod, undefined) };
    }
    default:
      return undefined;
  }
}

function reduceWait(state: RunState, event: Typed, span: string, atMs: number): RunState | undefined {
  if (event.code !== "WAIT_STARTED" && event.code !== "WAIT_PROGRESS" && event.code !== "WAIT_FINISHED")
    return undefined;
  const what = event.data.for;
  const others = state.waits.filter((w) => w.span !== span || w.for !== what);
  if (event.code === "WAIT_FINISHED") return { ...state, waits: others };
  const elapsedMs = event.code === "WAIT_PROGRESS" ? event.data.elapsedMs : 0;
  const reason = event.code === "WAIT_PROGRESS" ? event.data.reason : undefined;
  const { deadlineMs } = event.data;
  const wait = {
    span,
    for: what,
    startedMs: atMs - elapsedMs,
    deadlineMs,
    ...(reason === undefined ? {} : { reason }),
  };
  return { ...state, waits: [...others, wait] };
}

function reducePod(state: RunState, event: Typed): RunState | undefined {
  switch (event.code) {
    case "TOPOLOGY":
      return { ...state, shards: event.data.shards };
    case "POD_STARTING":
      return { ...state, activity: withActivity(state, event.data.pod, "starting") };
    case "POD_STOPPING":
      return { ...state, activity: withActivity(state, event.data.pod, "stopping") };
    case "POD_STOPPED":
    case "POD_REPLACED":
      return { ...state, activity: withActivity(state, event.data.pod, undefined) };
    case "CLUSTER_READY":
      return { ...state, activity: {} };
    case "HANDOVER_STARTED": {
      const { from, to } = event.data;
      return {
        ...state,
        activity: withActivity(state, from, to === undefined ? "handing over" : `handing over to ${to}`),
      };
    }
    case "HANDOVER_PROVEN":
      return { ...state, activity: withActivity(state, event.data.from, "draining") };
    case "HANDOVER_FINISHED": {
      const done = event.data.outcome === "done" ? 1 : 0;
      return { ...state, handovers: state.handovers + done, activity: withActivity(state, event.data.from, undefined) };
    }
    default:
      return undefined;
  }
}

function reduceLoad(state: RunState, event: Typed): RunState | undefined {
  if (event.code === "WITNESS_WINDOW") return { ...state, load: withWindow(state.load, event.data) };
  if (event.code !== "WITNESS_REPORT") return undefined;
  const { commands, failed, lost, doubled, p99Ms, longestStallMs } = event.data;
  const load = {
    commands,
    failed,
    lost,
    doubled,
    p99Ms,
    longestMs: longestStallMs,
    ratePerSecond: 0,
    oldestPendingMs: 0,
  };
  return { ...state, load };
}

function reduceRun(state: RunState, event: Typed, message: string, atMs: number): RunState | undefined {
  switch (event.code) {
    case "RUN_STARTED":
      return { ...state, command: event.data.command, startedMs: atMs };
    case "RUN_FINISHED":
      return { ...state, waits: [], exitCode: event.data.exitCode };
    case "CHECK_FINDING": {
      const findings = state.checksOver ? [] : state.findings;
      const { id, status, severity, evidence, subject } = event.data;
      const failed = { id, severity, evidence, ...(subject === undefined ? {} : { subject }) };
      return { ...state, checksOver: false, findings: status === "pass" ? findings : [...findings, failed] };
    }
    case "CHECK_DONE":
      return { ...state, checksOver: true };
    case "UPGRADE_STOPPED":
      return { ...state, stopped: event.data.reason };
    case "WARNING":
      return { ...state, warnings: state.warnings + 1 };
    case "ERROR":
      return { ...state, error: message };
    case "RESULT":
      return { ...state, result: event.data.result };
    default:
      return undefined;
  }
}

/**
 * Folds one event into the state of its run. Pure; every host (terminal, page, report) uses this one. A code that this
 * version does not know changes nothing but the time, so that newer files can be replayed.
 */
export function reduce(state: RunState, event: Event): RunState {
  const atMs = Date.parse(event.time);
  const base: RunState = { ...state, run: event.run, atMs };
  const known = typed(event);
  if (known === undefined) return base;
  return (
    reducePhase(base, known, atMs) ??
    reduceWait(base, known, event.span, atMs) ??
    reducePod(base, known) ??
    reduceLoad(base, known) ??
    reduceRun(base, known, event.message, atMs) ??
    base
  );
}
