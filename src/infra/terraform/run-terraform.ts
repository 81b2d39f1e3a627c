import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { terraformEnv, type TerraformProgram } from "./find-terraform.js";
import { parseUiMessage, type Diagnostic, type UiMessage } from "./ui-message.js";

/** One run of Terraform. */
export interface TerraformRun {
  readonly args: readonly string[];
  /** Folder of the root. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts: Terraform is asked to stop, finishes the call it makes, and writes its state. */
  readonly signal?: AbortSignal;
  /** With `-json` among the arguments: told of every message. */
  readonly onMessage?: (message: UiMessage) => void;
}

/** What became of it. */
export interface TerraformResult {
  readonly exitCode: number;
  readonly diagnostics: readonly Diagnostic[];
  /** All of stdout when no messages were asked for. */
  readonly stdout: string;
  /** What was no message: stderr, and stray lines. */
  readonly rest: string;
}

/** A state may be large; an endless complaint need not be kept. */
const REST_LIMIT = 20_000;

/**
 * Runs Terraform to its end. Its own process group keeps a Ctrl-C of the terminal away: two of them would make it leave without
 * writing its state, so it gets exactly one, from here.
 * @throws EvenkeelError `TERRAFORM_FAILED` when it cannot be started; the reason of `signal` after an abort
 */
export async function runTerraform(program: TerraformProgram, run: TerraformRun): Promise<TerraformResult> {
  const { args, cwd, env, signal, onMessage } = run;
  signal?.throwIfAborted();
  const child = spawn(program.path, [...args], {
    cwd,
    env: terraformEnv(env),
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const diagnostics: Diagnostic[] = [];
  let [stdout, rest] = ["", ""];
  const keep = (line: string): void => {
    if (rest.length < REST_LIMIT) rest += `${line}\n`;
  };
  createInterface({ input: child.stderr }).on("line", keep);
  if (onMessage === undefined) child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  else
    createInterface({ input: child.stdout }).on("line", (line) => {
      const message = parseUiMessage(line);
      if (message.type === "diagnostic") diagnostics.push(message.diagnostic);
      if (message.type === "other") keep(message.message);
      onMessage(message);
    });
  const stop = (): void => {
    child.kill("SIGINT");
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const exitCode = await new Promise<number>((done, fail) => {
      child.once("error", fail);
      child.once("close", (code) => done(code ?? 1));
    });
    signal?.throwIfAborted();
    return { exitCode, diagnostics, stdout, rest };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new EvenkeelError(`cannot start ${program.path}`, {
      code: "TERRAFORM_FAILED",
      owner: "environment",
      hint: "evenkeel infra doctor",
      cause: error,
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
