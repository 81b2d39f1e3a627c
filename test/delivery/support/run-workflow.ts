import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { type Contexts, fillIn, holds, type JobStatus } from "./evaluate-expression.js";

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly env?: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface StepOutcome {
  readonly name: string;
  readonly outcome: "success" | "failure" | "skipped";
  readonly log: string;
}

interface JobOutcome {
  readonly status: JobStatus | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepOutcome[];
}

export interface WorkflowOutcome {
  readonly jobs: Readonly<Record<string, JobOutcome>>;
  /** All that was written to the job summaries. */
  readonly summary: string;
  /** Outcome of a step by its name, in whatever job. */
  step(name: string): StepOutcome["outcome"];
  /** All that was logged. */
  readonly log: string;
  /** Folder of an uploaded artifact. */
  artifact(name: string): string;
  remove(): void;
}

export interface WorkflowOptions {
  /** Working directory: the checkout. */
  readonly checkout: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly github?: Readonly<Record<string, unknown>>;
  /** What the machine gives beside GitHub's own variables; PATH is the least. */
  readonly env: Readonly<Record<string, string>>;
  /** Called before each job, where a runner makes a fresh checkout. */
  readonly onJob?: () => void;
  /** Only these jobs. */
  readonly jobs?: readonly string[];
  /** Only this value of each matrix. */
  readonly matrix?: Readonly<Record<string, string>>;
}

/** Variables in the way of GITHUB_OUTPUT: `name=value` lines. */
function readOutputs(file: string): Record<string, string> {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return Object.fromEntries(
    lines
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

const asText = (values: Readonly<Record<string, unknown>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

/**
 * Runs a workflow's jobs in order, as a runner would: every `run:` block in a clean bash with GitHub's flags and files, `if:` and
 * `${{ }}` by GitHub's own evaluator, artifacts from job to job. Of the actions that are used, only those for artifacts do anything.
 */
export async function runWorkflow(file: string, options: WorkflowOptions): Promise<WorkflowOutcome> {
  const workflow = parse(readFileSync(file, "utf8")) as Workflow;
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-workflow-"));
  const run = new Run(workflow, folder, options);
  for (const [name, job] of Object.entries(workflow.jobs))
    if (options.jobs?.includes(name) ?? true) await run.job(name, job);
  const summaries = join(folder, "summary.md");
  const steps = Object.values(run.jobs).flatMap((job) => job.steps);
  return {
    jobs: run.jobs,
    summary: existsSync(summaries) ? readFileSync(summaries, "utf8") : "",
    log: steps.map(({ name, outcome, log }) => `== ${name}: ${outcome}\n${log}`).join("\n"),
    step: (name) => {
      const found = steps.find((step) => step.name === name);
      if (found === undefined) throw new Error(`${file} has no step ${name}`);
      return found.outcome;
    },
    artifact: (name) => join(folder, "artifacts", name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

class Run {
  readonly jobs: Record<string, JobOutcome> = {};
  readonly #workflow: Workflow;
  readonly #folder: string;
  readonly #options: WorkflowOptions;

  constructor(workflow: Workflow, folder: string, options: WorkflowOptions) {
    this.#workflow = workflow;
    this.#folder = folder;
    this.#options = options;
  }

  async job(name: string, job: Job): Promise<void> {
    const { inputs = {}, vars = {}, github = {}, matrix = {} } = this.#options;
    const needed = job.needs === undefined ? undefined : this.jobs[job.needs];
    const before: JobStatus = needed === undefined || needed.status === "success" ? "success" : "failure";
    const temp = join(this.#folder, name);
    mkdirSync(temp, { recursive: true });
    const base: Contexts = {
      github: { event_name: "workflow_dispatch", ref: "refs/heads/main", token: "", repository: "o/r", ...github },
      inputs,
      vars,
      matrix,
      runner: { temp },
      secrets: {},
      needs: job.needs === undefined ? {} : { [job.needs]: { outputs: needed?.outputs ?? {}, result: needed?.status } },
    };
    this.#options.onJob?.();
    if (!holds(job.if, base, before)) {
      this.jobs[name] = { status: "skipped", outputs: {}, steps: [] };
      return;
    }
    const fill = (values: Readonly<Record<string, unknown>> | undefined, contexts: Contexts): Record<string, string> =>
      Object.fromEntries(
        Object.entries(asText(values)).map(([key, value]) => [key, fillIn(value, contexts, "success")]),
      );
    const env: Record<string, string> = fill(this.#workflow.env, base);
    Object.assign(env, fill(job.env, { ...base, env }));
    const results: Record<string, { outputs: Record<string, string>; outcome: string }> = {};
    let status: JobStatus = "success";
    const steps: StepOutcome[] = [];
    for (const step of job.steps) {
      const contexts: Contexts = { ...base, env, steps: results };
      const title = step.name ?? step.uses ?? "";
      if (!holds(step.if, contexts, status)) {
        steps.push({ name: title, outcome: "skipped", log: "" });
        if (step.id !== undefined) results[step.id] = { outputs: {}, outcome: "skipped" };
        continue;
      }
      const outputFile = join(temp, `${steps.length}.output`);
      const { ok, log } = await this.#step(step, contexts, {
        ...env,
        ...fill(step.env, contexts),
        GITHUB_OUTPUT: outputFile,
        RUNNER_TEMP: temp,
      });
      steps.push({ name: title, outcome: ok ? "success" : "failure", log });
      if (step.id !== undefined)
        results[step.id] = { outputs: readOutputs(outputFile), outcome: ok ? "success" : "failure" };
      if (!ok) status = "failure";
    }
    const contexts: Contexts = { ...base, env, steps: results };
    const outputs = Object.fromEntries(
      Object.entries(job.outputs ?? {}).map(([key, text]) => [key, fillIn(text, contexts, status)]),
    );
    this.jobs[name] = { status, outputs, steps };
  }

  async #step(
    step: Step,
    contexts: Contexts,
    env: Readonly<Record<string, string>>,
  ): Promise<{ ok: boolean; log: string }> {
    if (step.run === undefined) return this.#action(step, contexts);
    if (step.run.includes("${{")) return { ok: false, log: "an expression inside of a run block" };
    const script = join(this.#folder, "script.sh");
    writeFileSync(script, step.run);
    const { exitCode, all } = await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
      cwd: this.#options.checkout,
      extendEnv: false,
      all: true,
      reject: false,
      env: {
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_WORKSPACE: this.#options.checkout,
        GITHUB_STEP_SUMMARY: join(this.#folder, "summary.md"),
        GITHUB_ENV: join(this.#folder, "env"),
        GITHUB_PATH: join(this.#folder, "path"),
        ...env,
        ...this.#options.env,
      },
    });
    return { ok: exitCode === 0, log: all };
  }

  #action({ uses = "", with: given = {} }: Step, contexts: Contexts): { ok: boolean; log: string } {
    const text = (key: string): string => fillIn(String(given[key] ?? ""), contexts, "success");
    const within = (path: string): string => (path.startsWith("/") ? path : join(this.#options.checkout, path));
    const store = join(this.#folder, "artifacts", text("name") || text("pattern"));
    if (uses.startsWith("actions/upload-artifact@")) {
      const from = within(text("path"));
      if (!existsSync(from)) return { ok: true, log: "nothing to upload" };
      mkdirSync(store, { recursive: true });
      cpSync(from, statSync(from).isDirectory() ? store : join(store, from.split("/").at(-1) ?? ""), {
        recursive: true,
      });
    }
    if (uses.startsWith("actions/download-artifact@") && existsSync(store))
      cpSync(store, within(text("path")), { recursive: true });
    return { ok: true, log: "" };
  }
}
