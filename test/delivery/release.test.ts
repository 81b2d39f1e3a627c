import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runWorkflow, type WorkflowOutcome } from "./support/run-workflow.js";

const WORKFLOW = fileURLToPath(new URL("../../.github/workflows/release.yml", import.meta.url));
/** A project that is built as ours is, in an instant. */
const BUILD =
  "mkdir -p dist/programs redis-cluster/files && echo built > dist/programs/action.mjs && echo agent > redis-cluster/files/agent.mjs";

let folder: string;
let checkout: string;
let origin: string;
let outcome: WorkflowOutcome | undefined;

function git(cwd: string, ...args: readonly string[]): string {
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...who, ...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-release-"));
  [checkout, origin] = [join(folder, "work"), join(folder, "origin.git")];
  git(folder, "init", "--quiet", "--bare", origin);
  git(folder, "clone", "--quiet", origin, checkout);
  writeFileSync(join(checkout, "package.json"), JSON.stringify({ version: "1.2.3", scripts: { setup: BUILD } }));
  writeFileSync(join(checkout, ".gitignore"), "dist/\nredis-cluster/files/\n");
  git(checkout, "add", ".");
  git(checkout, "commit", "--quiet", "-m", "Begin");
  git(checkout, "push", "--quiet", "origin", "HEAD:main");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/gh"), "#!/bin/sh\n[ \"$*\" = 'auth setup-git' ]\n");
  chmodSync(join(folder, "bin/gh"), 0o755);
});
afterEach(() => {
  outcome?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function release(version: string): Promise<WorkflowOutcome> {
  const PATH = `${join(folder, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`;
  outcome = await runWorkflow(WORKFLOW, { checkout, inputs: { version }, env: { PATH, HOME: folder } });
  return outcome;
}

describe("the workflow `release`", () => {
  it("tags a commit that holds what was built, and leaves main as it was", async () => {
    const main = git(origin, "rev-parse", "main");
    const ran = await release("1.2.3");
    expect([ran.jobs["release"]?.status, ran.log]).toEqual(["success", expect.stringContaining("v1.2.3 is ")]);
    expect(git(origin, "show", "v1.2.3:dist/programs/action.mjs")).toBe("built\n");
    expect(git(origin, "show", "v1.2.3:redis-cluster/files/agent.mjs")).toBe("agent\n");
    expect(git(origin, "rev-parse", "v1.2.3", "v1").trim().split("\n")).toEqual(
      Array(2).fill(git(checkout, "rev-parse", "v1.2.3").trim()),
    );
    expect(git(origin, "rev-parse", "main")).toBe(main);
    expect(git(origin, "ls-tree", "-r", "--name-only", "main")).not.toContain("dist/");
  });

  it("refuses a version that package.json does not say, and never moves one that was released", async () => {
    expect((await release("1.2.4")).log).toContain("::error title=Version::");
    outcome?.remove();
    expect((await release("1.2.3")).jobs["release"]?.status).toBe("success");
    const released = git(origin, "rev-parse", "v1.2.3");
    outcome?.remove();
    git(checkout, "checkout", "--quiet", "main");
    git(checkout, "tag", "--delete", "v1.2.3");
    git(checkout, "commit", "--quiet", "--allow-empty", "-m", "Go on");
    expect((await release("1.2.3")).jobs["release"]?.status).toBe("failure");
    expect(git(origin, "rev-parse", "v1.2.3")).toBe(released);
  });
});
