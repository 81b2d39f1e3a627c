/** Totals of one client library, or of all. Latencies in milliseconds, measured from the moment a command was due. */
export interface WitnessClientTotals {
  /** Commands with an outcome: answered and failed ones. */
  readonly commands: number;
  readonly failed: number;
  readonly lost: number;
  readonly doubled: number;
  readonly longestStallMs: number;
  readonly p99Ms: number;
  /** Error class -> count, e.g. `{ "Disconnects client": 2 }`. */
  readonly errors: Readonly<Record<string, number>>;
}

/** What one client did in one window. */
interface WitnessWindowClient {
  readonly commands: number;
  readonly failed: number;
  /** Error class -> count. */
  readonly errors: Readonly<Record<string, number>>;
}

/** One second (or less) of load, for live views and for the guard. */
export interface WitnessWindow {
  /** Milliseconds from the beginning of the load to the beginning of the window. */
  readonly atMs: number;
  readonly durationMs: number;
  /** Commands answered in the window, failed ones included. */
  readonly commands: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Age of the oldest command that has no answer yet. */
  readonly oldestPendingMs: number;
  /** The latest that the witness itself sent a command after it was due: its own share in the latencies. */
  readonly selfLagMs: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly clients: Readonly<Record<string, WitnessWindowClient>>;
}

/** What the witness says at the end, after it has read back every key. */
export interface WitnessReport extends WitnessClientTotals {
  /** How long commands were sent. */
  readonly seconds: number;
  /** The largest `selfLagMs` of all windows: a stall that is not much longer may be the witness's own. */
  readonly selfLagMs: number;
  /** The first few keys that were lost or doubled, for whoever looks for the reason. */
  readonly lostKeys: readonly string[];
  readonly doubledKeys: readonly string[];
  readonly clients: Readonly<Record<string, WitnessClientTotals>>;
}

/** A running load. */
export interface RunningWitness {
  /** Every window so far. */
  windows(): readonly WitnessWindow[];
  onWindow(listener: (window: WitnessWindow) => void): void;
  /**
   * Resolves with the report when the load has ended by itself (its time was up) or by `finish`; rejects when the witness is
   * gone or was aborted. Need not be handled.
   */
  readonly ended: Promise<WitnessReport>;
  /** Stops the load, reads everything back, resolves with the report. */
  finish(): Promise<WitnessReport>;
  /** Ends it without a read-back. */
  abort(): Promise<void>;
}

/** How a witness's program ended. */
export interface WitnessEnd {
  /** For people, e.g. `exit code 1`. */
  readonly reason: string;
  /** What it wrote last that was no message: errors of libraries, a stack. */
  readonly lastWords: readonly string[];
}

/** A witness's program, wherever it runs: a child process, a Job. */
export interface WitnessProcess {
  /** Every line that it writes, each once and in order. To be called once, before anything else. */
  onLine(listener: (line: string) => void): void;
  readonly gone: Promise<WitnessEnd>;
  /** Asks for the end of the load and the read-back; what comes of it is told by lines and by `gone`. */
  finish(): void;
  /** Ends it at once; resolves when it is gone. */
  kill(): Promise<void>;
}
