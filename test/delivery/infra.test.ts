import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KEYS, type LoopbackCloud, startLoopbackCloud } from "../infra/support/cloud/loopback-cloud.js";
import { VARIABLES } from "../infra/support/environment-variables.js";
import { startTerraform, type Terraform } from "../infra/support/terraform/run-terraform.js";
import { createWorkspace, type Workspace } from "../infra/support/terraform/workspace.js";
import { runWorkflow, type WorkflowOutcome } from "./support/run-workflow.js";

const workflow = (name: string): string =>
  fileURLToPath(new URL(`../../.github/workflows/${name}.yml`, import.meta.url));

let terraform: Terraform;
let cloud: LoopbackCloud;
let workspace: Workspace;
/** Programs of the machine, and where its comments go. */
let machine: string;
const done: WorkflowOutcome[] = [];

/** GitHub's program for its API, as far as comments go: it keeps the one comment in a file. */
const GH = `#!/bin/sh
here=$(dirname "$0")
case "$*" in
  *--paginate*) if [ -f "$here/comment" ]; then echo 77; fi ;;
  *"--method PATCH repos/o/r/issues/comments/77"* | *repos/o/r/issues/5/comments*)
    echo "$*" >> "$here/calls"
    for argument; do case $argument in body=@*) cp "\${argument#body=@}" "$here/comment" ;; esac; done ;;
  *) echo "gh: unexpected: $*" >&2; exit 1 ;;
esac
`;

beforeAll(async () => {
  [terraform, cloud] = await Promise.all([startTerraform(), startLoopbackCloud()]);
  workspace = createWorkspace("environments/demo", {
    backend: "own",
    files: {
      "demo.s3.tfbackend": cloud.backendFile("demo/terraform.tfstate", "both"),
      "test.auto.tfvars.json": JSON.stringify(VARIABLES.demo),
    },
  });
  machine = mkdtempSync(join(tmpdir(), "evenkeel-machine-"));
  symlinkSync(terraform.program, join(machine, "terraform"));
  writeFileSync(join(machine, "gh"), GH);
  chmodSync(join(machine, "gh"), 0o755);
});
afterAll(async () => {
  for (const outcome of done) outcome.remove();
  workspace?.remove();
  terraform?.close();
  await cloud?.close();
  rmSync(machine, { recursive: true, force: true });
});

async function run(name: "infra" | "drift", github: Readonly<Record<string, unknown>>): Promise<WorkflowOutcome> {
  const outcome = await runWorkflow(workflow(name), {
    checkout: join(workspace.root, "../../.."),
    jobs: ["plan", "apply", "ground"],
    matrix: { environment: "demo" },
    github,
    onJob: () => rmSync(join(workspace.root, "tfplan"), { force: true }),
    env: { ...terraform.environment, ...KEYS, PATH: `${machine}:/usr/bin:/bin` },
  });
  done.push(outcome);
  return outcome;
}

const statuses = ({ jobs, log }: WorkflowOutcome): unknown => ({
  ...Object.fromEntries(Object.entries(jobs).map(([id, { status }]) => [id, status])),
  failed: log.match(/^== .*: failure\n[\s\S]*?(?=\n== |$)/gmu) ?? [],
});

describe("the ground's workflows, one after the other", () => {
  const pull = {
    event_name: "pull_request",
    repository: "o/r",
    event: { pull_request: { number: 5, head: { repo: { full_name: "o/r" } } } },
  };

  it("plan a pull request, comment once, and apply nothing", async () => {
    for (const times of [1, 2]) {
      const outcome = await run("infra", { ...pull, ref: "refs/pull/5/merge" });
      expect(statuses(outcome)).toEqual({ plan: "success", apply: "skipped", failed: [] });
      expect(outcome.summary).toMatch(/### Plan of demo\n[\s\S]*Plan: \d+ to add, 0 to change, 0 to destroy\./u);
      expect(readFileSync(join(machine, "calls"), "utf8").trim().split("\n")).toHaveLength(times);
    }
    const comment = readFileSync(join(machine, "comment"), "utf8");
    expect(comment).toMatch(/^<!-- plan of demo -->\n### Plan of demo\n- module\./u);
    expect(comment.length).toBeLessThan(65_536);
    expect(readFileSync(join(machine, "calls"), "utf8")).toMatch(/issues\/5\/comments[\s\S]*--method PATCH/u);
  });

  it("plan nothing with our rights for somebody else's copy of the repository", async () => {
    const fork = { ...pull, event: { pull_request: { number: 5, head: { repo: { full_name: "somebody/r" } } } } };
    expect(statuses(await run("infra", fork))).toEqual({ plan: "skipped", apply: "skipped", failed: [] });
  });

  it("apply the very plan on main, and nothing where nothing changes", async () => {
    const push = { event_name: "push", ref: "refs/heads/main" };
    const first = await run("infra", push);
    expect(statuses(first)).toEqual({ plan: "success", apply: "success", failed: [] });
    expect(first.summary).toMatch(/### Applied to demo\nApply complete! Resources: \d+ added/u);
    const second = await run("infra", push);
    expect(statuses(second)).toEqual({ plan: "success", apply: "success", failed: [] });
    expect(second.summary).toContain("demo: no changes");
  });

  it("see in the night that the ground is as main says, and fail when it is not", async () => {
    expect(statuses(await run("drift", { event_name: "schedule" }))).toEqual({ ground: "success", failed: [] });
    writeFileSync(join(workspace.root, "drift.auto.tfvars.json"), JSON.stringify({ log_retention_days: 14 }));
    const drifted = await run("drift", { event_name: "schedule" });
    expect(drifted.jobs["ground"]?.status).toBe("failure");
    expect(drifted.log).toContain("::error title=Drift::demo is not as main says");
  });
});
