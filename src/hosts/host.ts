import type { EventSink } from "../ports/event-sink.js";

/** A sink with an end: what it holds open is given back by `close`. */
export interface Host extends EventSink {
  close(): void;
  /** Keeps a secret out of all that this host writes from now on. */
  mask?(secret: string): void;
}

/** The part of a stream that a host writes to. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}
