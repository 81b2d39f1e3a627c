import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { RunningWitness, WitnessReport, WitnessWindow } from "../ports/witness.js";
import { parseWitnessConfig, type WitnessConfigInput } from "./witness-config.js";
import { parseWitnessMessage, type WitnessMessage } from "./witness-message.js";

export interface StartWitnessOptions {
  /** Where the configuration file is kept while the witness runs; made when it is missing. */
  readonly folder: string;
  /** Aborts the witness, also while it starts. */
  readonly signal?: AbortSignal;
}

/** The same place seen from `src/witness` and from `dist/witness`. */
const MAIN = fileURLToPath(new URL("../../dist/witness/main.js", import.meta.url));
/** The process gives up connecting by itself and says why; this long after that it must be hanging. */
const START_GRACE_MS = 10_000;
/** A witness tells something at least once a second, whatever it does. */
const SILENCE_MAX_MS = 60_000;
const STDERR_LINES = 20;
const ABORT_GRACE_MS = 2000;

/**
 * Starts a witness as a process of its own; it ends with this process at the latest.
 * @returns once every client has had commands answered and the load runs
 * @throws EvenkeelError `WITNESS_CONFIG`, `WITNESS_NOT_BUILT`, `WITNESS_NOT_CONNECTED` (names the client), `WITNESS_GONE`,
 * `WITNESS_SILENT`, `WITNESS_ABORTED`
 */
export async function startWitness(
  config: WitnessConfigInput,
  { folder, signal }: StartWitnessOptions,
): Promise<RunningWitness> {
  const complete = parseWitnessConfig(config);
  await requireBuilt();
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `witness-${complete.run}.json`);
  await writeFile(file, JSON.stringify({ ...complete, control: "stdin" }), { mode: 0o600 });

  const child = spawn(process.execPath, [MAIN, "--config", file], { stdio: ["pipe", "pipe", "pipe"] });
  const run = followProcess(child, complete.connectSeconds * 1000 + START_GRACE_MS);
  child.once("close", () => void rm(file, { force: true }).catch(() => undefined));
  const abort = () => void run.abort();
  signal?.addEventListener("abort", abort, { once: true });
  child.once("close", () => signal?.removeEventListener("abort", abort));
  if (signal?.aborted) abort();

  await run.started;
  return {
    windows: () => run.windows,
    onWindow: (listener) => void run.listeners.push(listener),
    ended: run.ended,
    finish() {
      child.stdin.write("finish\n");
      return run.ended;
    },
    abort: () => run.abort(),
  };
}

async function requireBuilt(): Promise<void> {
  try {
    await access(MAIN);
  } catch (error) {
    throw new EvenkeelError(`the witness's program is missing: ${MAIN}`, {
      code: "WITNESS_NOT_BUILT",
      owner: "user",
      hint: "npm run setup",
      cause: error,
    });
  }
}

interface FollowedProcess {
  readonly started: Promise<void>;
  readonly ended: Promise<WitnessReport>;
  readonly windows: readonly WitnessWindow[];
  readonly listeners: ((window: WitnessWindow) => void)[];
  abort(): Promise<void>;
}

/** Turns the process's lines and its end into promises. */
function followProcess(child: ChildProcessWithoutNullStreams, startDeadlineMs: number): FollowedProcess {
  const windows: WitnessWindow[] = [];
  const listeners: ((window: WitnessWindow) => void)[] = [];
  const stderr: string[] = [];
  const started = defer<void>();
  const ended = defer<WitnessReport>();
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let failure: EvenkeelError | undefined;
  let watchdog = setTimeout(onSilence, startDeadlineMs);

  function onSilence(): void {
    failure = witnessError("WITNESS_SILENT", "the witness says nothing any more", stderr);
    child.kill("SIGKILL");
  }

  function onMessage(message: WitnessMessage): void {
    if (message.type === "started") started.resolve();
    else if (message.type === "error") failure = reportedError(message);
    else if (message.type === "report") {
      const { type: _, ...report } = message;
      ended.resolve(report);
    } else if (message.type === "window") {
      const { type: _, ...window } = message;
      windows.push(window);
      for (const listener of listeners) listener(window);
    }
  }

  createInterface({ input: child.stdout }).on("line", (line) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(onSilence, SILENCE_MAX_MS);
    const message = parseWitnessMessage(line);
    if (message !== undefined) onMessage(message);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    stderr.push(line);
    if (stderr.length > STDERR_LINES) stderr.shift();
  });
  // A write to a process that has just ended; its end is told by `close`.
  child.stdin.on("error", () => undefined);
  child.on("error", (error) => {
    failure = witnessError("WITNESS_GONE", `the witness could not be started: ${error.message}`, stderr);
  });
  child.once("close", (code, signal) => {
    clearTimeout(watchdog);
    const error =
      failure ?? witnessError("WITNESS_GONE", `the witness ended by itself (${signal ?? `exit code ${code}`})`, stderr);
    started.reject(error);
    ended.reject(error);
  });

  return {
    started: started.promise,
    ended: ended.promise,
    windows,
    listeners,
    async abort() {
      failure ??= witnessError("WITNESS_ABORTED", "the witness was aborted", []);
      child.stdin.write("abort\n");
      const kill = setTimeout(() => child.kill("SIGKILL"), ABORT_GRACE_MS);
      await closed;
      clearTimeout(kill);
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

function witnessError(code: string, text: string, stderr: readonly string[]): EvenkeelError {
  const tail = stderr.length === 0 ? "" : `; its last words:\n${stderr.join("\n")}`;
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
