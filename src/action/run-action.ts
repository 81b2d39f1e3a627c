import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Io } from "../cli/io.js";
import { main } from "../cli/main.js";
import { isEvenkeelError } from "../errors/evenkeel-error.js";
import { renderPlan } from "../cli/render-plan.js";
import { formatGithubCommand } from "../hosts/github-command.js";
import type { Plan } from "../upgrade/plan/types.js";
import { type ActionInputs, readInputs } from "./read-inputs.js";
import { toOutputs } from "./to-outputs.js";

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
}

async function runCommand(argv: readonly string[], io: Io): Promise<Ran> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  const exitCode = await main(argv, { ...io, stdout });
  return { exitCode, stdout: Buffer.concat(chunks).toString("utf8") };
}

/** A plan is for people to read before they approve: its table goes to the log and to the job's summary. */
function showPlan(stdout: string, io: Io): void {
  const text = renderPlan(JSON.parse(stdout) as Plan, { command: "this action with `command: upgrade`" });
  io.stdout.write(text);
  const summary = io.env["GITHUB_STEP_SUMMARY"] ?? "";
  if (summary !== "") appendFileSync(summary, `\`\`\`\n${text}\`\`\`\n`);
}

/**
 * Runs one step of a workflow: the command line with the step's inputs, its result as outputs and as a file.
 * @returns exit code of the step
 */
export async function runAction(io: Io): Promise<number> {
  let inputs: ActionInputs;
  try {
    inputs = readInputs(io.env);
  } catch (error) {
    if (!isEvenkeelError(error)) throw error;
    const message = `${error.message}; ${error.hint ?? ""}`;
    io.stderr.write(`${formatGithubCommand({ kind: "error", title: error.code, message })}\n`);
    return error.exitCode;
  }
  const folder = join(io.env["RUNNER_TEMP"] || tmpdir(), "evenkeel");
  mkdirSync(folder, { recursive: true });
  const report = join(folder, `${inputs.command}.json`);
  const events = join(folder, `${inputs.command}.ndjson`);
  const { exitCode, stdout } = await runCommand([...inputs.argv, "--output=json", `--events=${events}`], io);
  writeFileSync(report, stdout);
  const outputs = Object.entries(toOutputs(exitCode, { stdout, report }));
  const outputFile = io.env["GITHUB_OUTPUT"] ?? "";
  const text = outputs.map(([name, value]) => `${name}=${value}\n`).join("");
  if (outputFile === "") io.stdout.write(text);
  else appendFileSync(outputFile, text);
  if (inputs.command === "plan" && exitCode === 0) showPlan(stdout, io);
  return exitCode;
}
