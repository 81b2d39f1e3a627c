import type { Event, EventSink } from "../ports/event-sink.js";
import type { EventCode, EventDataByCode, FinishedCode } from "./event-data.js";
import { EVENTS } from "./registry.js";

/** Emits the events of one run, or of one part of it. */
export interface Recorder {
  /** Id of the run. */
  readonly run: string;
  /** Sends an event to every sink. Never throws. */
  emit<C extends EventCode>(code: C, message: string, data: EventDataByCode[C], span?: string): void;
  /** A part of the run, named `parent/name`; its clock starts now. */
  span(name: string): Span;
}

/** A recorder whose events carry one span, and that knows when it began. */
export interface Span extends Recorder {
  readonly name: string;
  /**
   * Ends the span: `durationMs` is filled in.
   * @returns milliseconds since the span began
   */
  finish<C extends FinishedCode>(code: C, message: string, data: Omit<EventDataByCode[C], "durationMs">): number;
}

export interface RecorderOptions {
  readonly run: string;
  /** May grow while the run goes on. */
  readonly sinks: readonly EventSink[];
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/**
 * Makes the recorder of a run. A sink that throws is asked no more, and the others are told once: what watches a change
 * must not be able to break it.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { run, sinks } = options;
  const now = options.now ?? Date.now;
  const broken = new Set<EventSink>();
  let seq = 0;

  const send = (code: EventCode, message: string, data: object, span: string): void => {
    const { level } = EVENTS[code];
    seq += 1;
    const listening = sinks.filter((sink) => !broken.has(sink) && sink.wants?.(level) !== false);
    if (listening.length === 0) return;
    const time = new Date(now()).toISOString();
    // Copied only now: what is read of it may cost something.
    const event: Event = { time, seq, run, span, level, code, message, data: { ...data } };
    const failures: string[] = [];
    for (const sink of listening) {
      try {
        sink.notify(event);
      } catch (error) {
        broken.add(sink);
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    for (const reason of failures)
      send("WARNING", `events are no longer written to one place: ${reason}`, { reason }, span);
  };

  const recorderOf = (prefix: string): Recorder => ({
    run,
    emit: (code, message, data, span) => send(code, message, data, span ?? prefix),
    span: (name) => spanOf(prefix === "" ? name : `${prefix}/${name}`),
  });

  const spanOf = (name: string): Span => {
    const startedMs = now();
    return {
      ...recorderOf(name),
      name,
      finish: (code, message, data) => {
        const durationMs = Math.max(0, now() - startedMs);
        send(code, message, { ...data, durationMs }, name);
        return durationMs;
      },
    };
  };

  return recorderOf("");
}
