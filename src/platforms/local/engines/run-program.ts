import { execa } from "execa";
import type { EngineContext } from "./engine-binary.js";

/** How a program ended. */
export interface ProgramResult {
  /** Undefined when it could not be started or was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it failed, in one line; undefined when it exited with 0. */
  readonly failure: string | undefined;
}

export interface RunProgramOptions {
  readonly cwd?: string;
  /** Set over the context's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Runs a program to its end and says how it went; a failing program is a result, not an exception.
 * @param argv program and arguments
 * @throws the signal's reason when it aborts; the program is killed first
 */
export async function runProgram(
  argv: readonly string[],
  context: Pick<EngineContext, "env" | "signal">,
  options: RunProgramOptions,
): Promise<ProgramResult> {
  const [program = "", ...args] = argv;
  context.signal?.throwIfAborted();
  const result = await execa(program, args, {
    // LC_ALL: output is parsed and quoted in errors, so it must not be translated.
    env: { ...context.env, ...options.env, LC_ALL: "C" },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    timeout: options.timeoutMs,
    forceKillAfterDelay: 2_000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(context.signal === undefined ? {} : { cancelSignal: context.signal }),
  });
  context.signal?.throwIfAborted();
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    failure: result.failed ? describeFailure(result, options.timeoutMs) : undefined,
  };
}

function describeFailure(
  result: { exitCode?: number; signal?: string; timedOut: boolean; originalMessage?: string },
  timeoutMs: number,
): string {
  if (result.timedOut) return `gave no answer in ${timeoutMs / 1_000} s`;
  if (result.signal !== undefined) return `was killed by ${result.signal}`;
  if (result.exitCode !== undefined) return `exited with code ${result.exitCode}`;
  return `could not be started (${result.originalMessage ?? "unknown reason"})`;
}
