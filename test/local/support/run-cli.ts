import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFailed } from "vitest";

const BIN = fileURLToPath(new URL("../../../bin/evenkeel.js", import.meta.url));

export interface CliRun {
  readonly child: ChildProcess;
  /** All of stderr so far. */
  readonly said: () => string;
  readonly ended: Promise<CliResult>;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON; fails the test when it is none. */
  readonly json: () => unknown;
}

/** Starts the real command line on a home of its own. */
export function startCli(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): CliRun {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, EVENKEEL_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  // A red test says what its commands said, next to what was expected: a result alone does not tell why.
  if (expect.getState().currentTestName !== undefined)
    onTestFailed(({ task }) => {
      const [error] = task.result?.errors ?? [];
      if (error) error.message += `\n\nevenkeel ${args.join(" ")}\n${stderr.slice(-6000)}`;
    });
  const ended = new Promise<CliResult>((resolve) => {
    child.once("close", (code) =>
      resolve({
        code,
        stdout,
        stderr,
        json: () => {
          try {
            return JSON.parse(stdout) as unknown;
          } catch {
            throw new Error(`no JSON on stdout (exit ${code}): ${stdout.slice(0, 300)}\n${stderr.slice(-2000)}`);
          }
        },
      }),
    );
  });
  return { child, said: () => stderr, ended };
}

/** Runs a command to its end. */
export const runCli = (
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> => startCli(home, args, env).ended;

/** One folder for all policies of a test process; it goes with it. */
let policyFolder: string | undefined;
let policies = 0;
process.once("exit", () => {
  if (policyFolder !== undefined) rmSync(policyFolder, { recursive: true, force: true });
});

/** Short soaks; every limit as in earnest, unless `over` says otherwise. Latencies are not judged on a machine that tests share. */
export function testPolicy(
  over: { readonly soak?: object; readonly soft?: object; readonly hard?: object; readonly deadlines?: object } = {},
): string {
  policyFolder ??= mkdtempSync(join(tmpdir(), "evenkeel-policy-"));
  policies += 1;
  const file = join(policyFolder, `policy-${policies}.json`);
  const policy = {
    soak: { canaryMs: 2000, ms: 2000, ...over.soak },
    soft: { p99Ms: 30_000, stallMs: 30_000, ...over.soft },
    hard: { clusterStateFailMs: 2000, ...over.hard },
    deadlines: { ...over.deadlines },
  };
  writeFileSync(file, JSON.stringify(policy));
  return file;
}
