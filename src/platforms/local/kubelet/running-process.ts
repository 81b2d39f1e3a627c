import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { identifyProcess, isRunning, signalProcess } from "../process-identity.js";
import type { ProcessIdentity } from "../process-identity.js";

/** A process that a kubelet watches: its own child, or one that an earlier kubelet started. */
export interface RunningProcess {
  /** Null when it could not be started at all. */
  readonly identity: ProcessIdentity | null;
  /** Resolves once, when the process is gone, with how it ended. */
  readonly exited: Promise<string>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

const ADOPTED_POLL_MS = 200;

/**
 * Starts a program in a session of its own, so that it outlives the kubelet and no terminal's Ctrl-C reaches it.
 *
 * @param argv program and arguments
 * @param options.logFile both outputs are appended to it
 */
export function startProcess(
  argv: readonly string[],
  options: { readonly cwd: string; readonly logFile: string },
): RunningProcess {
  const [program = "", ...args] = argv;
  const log = openSync(options.logFile, "a");
  const child = spawn(program, args, { cwd: options.cwd, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const identity = child.pid === undefined ? null : (identifyProcess(child.pid) ?? null);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => resolve(signal === null ? `exited with code ${code}` : `killed by ${signal}`));
  });
  return { identity, exited, kill: (signal) => void child.kill(signal) };
}

/**
 * Takes over a process that an earlier kubelet started. It is no child of ours, so its end is seen by looking.
 *
 * @returns undefined when that very process is gone
 */
export function adoptProcess(identity: ProcessIdentity | null): RunningProcess | undefined {
  if (!isRunning(identity)) return undefined;
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isRunning(identity)) return;
      clearInterval(timer);
      resolve("ended (adopted: its exit code is not known)");
    }, ADOPTED_POLL_MS);
  });
  return { identity, exited, kill: (signal) => void signalProcess(identity, signal) };
}
