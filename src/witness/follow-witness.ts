import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { RunningWitness, WitnessEnd, WitnessProcess, WitnessReport, WitnessWindow } from "../ports/witness.js";
import { parseWitnessMessage, type WitnessMessage } from "./witness-message.js";

export interface FollowWitnessOptions {
  /** It gives up connecting by itself and says why; after this long it must be hanging. */
  readonly startMs: number;
  /** A witness tells something at least once a second, whatever it does; after this long without a word it is ended. */
  readonly silenceMs: number;
  /** Aborts the witness, also while it starts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Turns the lines and the end of a witness's program into a running witness.
 * @returns once every client has had commands answered and the load runs
 * @throws EvenkeelError `WITNESS_NOT_CONNECTED` (names the client), `WITNESS_GONE`, `WITNESS_SILENT`, `WITNESS_ABORTED`, or
 * what the program itself reported
 */
export async function followWitness(process: WitnessProcess, options: FollowWitnessOptions): Promise<RunningWitness> {
  const { signal, startMs, silenceMs } = options;
  const run = readMessages(process, { startMs, silenceMs });
  const abort = () => void run.abort();
  signal?.addEventListener("abort", abort, { once: true });
  void process.gone.then(() => signal?.removeEventListener("abort", abort));
  if (signal?.aborted) abort();

  await run.started;
  return {
    windows: () => run.windows,
    onWindow: (listener) => void run.listeners.push(listener),
    ended: run.ended,
    finish() {
      process.finish();
      return run.ended;
    },
    abort: () => run.abort(),
  };
}

interface FollowedProcess {
  readonly started: Promise<void>;
  readonly ended: Promise<WitnessReport>;
  readonly windows: readonly WitnessWindow[];
  readonly listeners: ((window: WitnessWindow) => void)[];
  abort(): Promise<void>;
}

function readMessages(
  process: WitnessProcess,
  { startMs, silenceMs }: Omit<FollowWitnessOptions, "signal">,
): FollowedProcess {
  const windows: WitnessWindow[] = [];
  const listeners: ((window: WitnessWindow) => void)[] = [];
  const started = defer<void>();
  const ended = defer<WitnessReport>();
  let failure: ((end: WitnessEnd) => EvenkeelError) | undefined;
  let watchdog = setTimeout(onSilence, startMs);

  function onSilence(): void {
    failure = (end) => witnessError("WITNESS_SILENT", "the witness says nothing any more", end.lastWords);
    void process.kill();
  }

  function onMessage(message: WitnessMessage): void {
    if (message.type === "started") started.resolve();
    else if (message.type === "error") failure = () => reportedError(message);
    else if (message.type === "report") {
      const { type: _, ...report } = message;
      ended.resolve(report);
    } else if (message.type === "window") {
      const { type: _, ...window } = message;
      windows.push(window);
      for (const listener of listeners) listener(window);
    }
  }

  process.onLine((line) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(onSilence, silenceMs);
    const message = parseWitnessMessage(line);
    if (message !== undefined) onMessage(message);
  });
  void process.gone.then((end) => {
    clearTimeout(watchdog);
    const error =
      failure?.(end) ?? witnessError("WITNESS_GONE", `the witness ended by itself (${end.reason})`, end.lastWords);
    started.reject(error);
    ended.reject(error);
  });

  return {
    started: started.promise,
    ended: ended.promise,
    windows,
    listeners,
    async abort() {
      failure ??= () => witnessError("WITNESS_ABORTED", "the witness was aborted", []);
      await process.kill();
    },
  };
}

function reportedError(message: WitnessMessage & { type: "error" }): EvenkeelError {
  return new EvenkeelError(message.message, {
    code: message.code,
    owner: message.code === "WITNESS_FAULT" ? "bug" : "environment",
    ...(message.hint === undefined ? {} : { hint: message.hint }),
  });
}

function witnessError(code: string, text: string, lastWords: readonly string[]): EvenkeelError {
  const tail = lastWords.length === 0 ? "" : `; its last words:\n${lastWords.join("\n")}`;
  return new EvenkeelError(`${text}${tail}`, { code, owner: "environment", hint: "start the load again" });
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Nobody has to wait for it: a rejection that is not looked at ends nothing. */
function defer<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
