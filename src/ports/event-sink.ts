/** Importance of an event. `result` is what the command was asked for. */
export type EventLevel = "error" | "result" | "warn" | "info" | "debug";

/** One thing that happened. The NDJSON file of a run is a list of these. */
export interface Event {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** 1, 2, 3 … within a run. */
  readonly seq: number;
  /** Id of the run (one command). */
  readonly run: string;
  /** What it belongs to, e.g. `upgrade/replicas/rc-3`. */
  readonly span: string;
  readonly level: EventLevel;
  /** From the registry, e.g. `STEP_STARTED`. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
  /** Never secrets. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where events go: a terminal, a file, a page, a test. */
export interface EventSink {
  /** Whether events of a level are of use to it; all are when left out. Of what nobody wants no event is made. */
  readonly wants?: (level: EventLevel) => boolean;
  notify(event: Event): void;
}
