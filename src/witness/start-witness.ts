import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { RunningWitness, WitnessEnd, WitnessProcess } from "../ports/witness.js";
import { followWitness } from "./follow-witness.js";
import { parseWitnessConfig, type WitnessConfigInput } from "./witness-config.js";

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
  child.once("close", () => void rm(file, { force: true }).catch(() => undefined));
  return followWitness(childProcess(child), {
    startMs: complete.connectSeconds * 1000 + START_GRACE_MS,
    silenceMs: SILENCE_MAX_MS,
    signal,
  });
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

/** Its standard input takes the orders; a write to a process that has just ended is no error: its end is told by `close`. */
function childProcess(child: ChildProcessWithoutNullStreams): WitnessProcess {
  const lastWords: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lastWords.push(line);
    if (lastWords.length > STDERR_LINES) lastWords.shift();
  });
  child.stdin.on("error", () => undefined);
  const gone = new Promise<WitnessEnd>((resolve) => {
    let reason: string | undefined;
    child.on("error", (error) => (reason ??= `it could not be started: ${error.message}`));
    child.once("close", (code, signal) => resolve({ reason: reason ?? signal ?? `exit code ${code}`, lastWords }));
  });
  return {
    onLine: (listener) => void createInterface({ input: child.stdout }).on("line", listener),
    gone,
    finish: () => void child.stdin.write("finish\n"),
    async kill() {
      child.stdin.write("abort\n");
      const kill = setTimeout(() => child.kill("SIGKILL"), ABORT_GRACE_MS);
      await gone;
      clearTimeout(kill);
    },
  };
}
