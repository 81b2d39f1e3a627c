import type { EventCode, EventDataByCode } from "../../../src/events/event-data.js";
import { reduce } from "../../../src/events/reduce.js";
import { EVENTS } from "../../../src/events/registry.js";
import { INITIAL_STATE, type RunState } from "../../../src/events/run-state.js";
import type { Event } from "../../../src/ports/event-sink.js";

export const BEGIN_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** An event of the registry, `atMs` after the beginning of the run. */
export function eventAt<C extends EventCode>(
  atMs: number,
  code: C,
  data: EventDataByCode[C],
  more: Partial<Event> = {},
): Event {
  const time = new Date(BEGIN_MS + atMs).toISOString();
  const message = code.toLowerCase().replaceAll("_", " ");
  return {
    time,
    seq: atMs + 1,
    run: "run-1",
    span: "",
    level: EVENTS[code].level,
    code,
    message,
    data: { ...data },
    ...more,
  };
}

export function replay(...events: readonly Event[]): RunState {
  return events.reduce(reduce, INITIAL_STATE);
}

/** A window of a second with only what a test cares for. */
export function windowOf(data: Partial<EventDataByCode["WITNESS_WINDOW"]>): EventDataByCode["WITNESS_WINDOW"] {
  return {
    atMs: 0,
    durationMs: 1000,
    commands: 0,
    failed: 0,
    p50Ms: 0.3,
    p99Ms: 1,
    maxMs: 2,
    oldestPendingMs: 0,
    selfLagMs: 0,
    errors: {},
    clients: {},
    ...data,
  };
}
