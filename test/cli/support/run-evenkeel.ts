import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROGRAM = resolve("bin/evenkeel.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface RunOptions {
  /** Working directory; the state is in its `.evenkeel`. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A new, empty working directory. */
export function makeFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "evenkeel-cli-")));
}

/** Starts the real program, as a shell does. */
export function startEvenkeel(argv: readonly string[], { cwd, env = {} }: RunOptions): Running {
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    cwd,
    env: { ...process.env, EVENKEEL_HOME: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.stderr += chunk));
  const ended = new Promise<Ended>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, ...text }));
  });
  return { child, ended };
}

/** Runs the real program to its end. */
export function runEvenkeel(argv: readonly string[], options: RunOptions): Promise<Ended> {
  return startEvenkeel(argv, options).ended;
}
