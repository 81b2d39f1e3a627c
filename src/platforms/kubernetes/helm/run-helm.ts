import { spawn } from "node:child_process";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { HelmProgram } from "./find-helm.js";

const TIMEOUT_MS = 240_000;
const SAID_MAX = 4000;

export interface HelmRun {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it does, for people, e.g. `stage redis@8.0`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/** Helm's own words, without the lines that only a person at a terminal needs. */
function sentence(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim().replace(/^Error: /, ""))
    .filter((line) => line !== "" && !/^(WARNING|walk\.go|coalesce\.go|level=)/.test(line))
    .join("; ")
    .slice(0, 600);
}

/**
 * Runs helm to its end. An interrupt of the command does not cut it in half: a release that is left pending refuses every later
 * change.
 * @throws EvenkeelError `HELM_FAILED` with its words
 */
export async function runHelm(helm: HelmProgram, args: readonly string[], { env, what }: HelmRun): Promise<string> {
  const child = spawn(helm.path, args, {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // Its own group: Ctrl-C at the terminal goes to us, and we decide.
    detached: true,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString("utf8")));
  child.stderr.on("data", (data: Buffer) => (stderr = (stderr + data.toString("utf8")).slice(-SAID_MAX)));
  const timer = setTimeout(() => child.kill("SIGTERM"), TIMEOUT_MS);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit, killed) => resolve([exit, killed]));
  }).finally(() => clearTimeout(timer));
  if (code === 0) return stdout;
  const why = sentence(stderr) || (signal === null ? `exit code ${code}` : `ended by ${signal}`);
  throw new EvenkeelError(`helm could not ${what}: ${why}`, {
    code: "HELM_FAILED",
    owner: "environment",
    hint: "helm status and helm history show the release; then the same command again",
    details: { helm: helm.version },
  });
}
