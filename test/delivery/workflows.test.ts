import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { validate } from "@actions/languageservice";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";
import { actionlint, shellcheck, zizmor } from "./support/linters.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = join(ROOT, ".github/workflows");
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".yml"));

interface Workflow {
  readonly permissions: unknown;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": unknown };
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Job {
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "runs-on": string;
  readonly environment?: unknown;
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: Record<string, unknown> }[];
}

const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");
const load = (name: string): Workflow => parse(read(name)) as Workflow;
const steps = (name: string): readonly Job["steps"][number][] =>
  Object.values(load(name).jobs).flatMap((job) => job.steps);

describe("the linters", () => {
  it("of GitHub's own language service have nothing to say", async () => {
    for (const name of NAMES) {
      const document = TextDocument.create(pathToFileURL(join(FOLDER, name)).href, "yaml", 1, read(name));
      const found = await validate(document, {});
      expect({
        [name]: found.map(
          ({ message, range }) => `${range.start.line + 1}: ${typeof message === "string" ? message : message.value}`,
        ),
      }).toEqual({
        [name]: [],
      });
    }
  });

  it("actionlint and shellcheck have nothing to say of workflows and scripts", async () => {
    const files = NAMES.map((name) => join(FOLDER, name));
    const { stdout } = await execa(await actionlint(), ["-shellcheck", await shellcheck(), "-pyflakes=", ...files], {
      reject: false,
      cwd: ROOT,
    });
    expect(stdout).toBe("");
    const scripts = join(ROOT, "redis-cluster/scripts");
    const shell = ["pre-upgrade-check.sh", "post-upgrade-check.sh", "lib/check.sh", "lib/collect.sh"].map((one) =>
      join(scripts, one),
    );
    expect((await execa(await shellcheck(), ["-x", ...shell], { reject: false, cwd: scripts })).stdout).toBe("");
  });

  it("zizmor has nothing to say, by the rules of its strictest persona", async () => {
    const { stdout } = await execa(
      await zizmor(),
      ["--offline", "--persona=auditor", "--format=json", FOLDER, join(ROOT, "action.yml")],
      { reject: false },
    );
    const findings = JSON.parse(stdout) as { ident: string; locations: unknown }[];
    expect(findings.map(({ ident, locations }) => `${ident} ${JSON.stringify(locations)}`)).toEqual([]);
  });
});

describe.each(NAMES)("%s", (name) => {
  it("uses every action by its commit, with the version beside it", () => {
    const uses = read(name).match(/uses:.*/gu) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/u);
  });

  it("gives no rights but by job, and there only those that it needs", () => {
    const { permissions, jobs } = load(name);
    expect(permissions).toEqual({});
    for (const [id, job] of Object.entries(jobs)) {
      const { contents, "id-token": oidc, "pull-requests": comments, ...others } = job.permissions ?? {};
      const needsAws = job.steps.some(({ uses = "" }) => uses.startsWith("aws-actions/"));
      expect({ id, contents, oidc, others }).toEqual({
        id,
        contents: name === "release.yml" ? "write" : "read",
        oidc: needsAws ? "write" : undefined,
        others: {},
      });
      expect(comments).toBe(name === "infra.yml" && id === "plan" ? "write" : undefined);
    }
  });

  it("ends every job in time, on a named image, and says what may run at once", () => {
    const { jobs, concurrency } = load(name);
    expect(concurrency?.group).toBeTruthy();
    for (const job of Object.values(jobs)) {
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
      expect(job["runs-on"]).toBe("ubuntu-24.04");
    }
  });

  it("puts no expression into a shell's text, and keeps no token in the checkout", () => {
    for (const { run = "", uses = "", with: given } of steps(name)) {
      expect(run).not.toContain("${{");
      if (uses.startsWith("actions/checkout@")) expect(given?.["persist-credentials"]).toBe(false);
    }
  });

  it("knows no stored secret", () => {
    expect(read(name)).not.toMatch(/\bsecrets\./u);
  });
});

describe("two changes", () => {
  it("of one release never run at once, whichever workflow makes them, and none is cut short", () => {
    const [ours, plain] = [load("upgrade.yml").concurrency, load("helm-upgrade.yml").concurrency];
    expect(ours).toEqual(plain);
    expect(ours?.group).toBe("change-${{ inputs.environment }}-${{ inputs.namespace }}-${{ inputs.release }}");
    expect(ours?.["cancel-in-progress"]).toBe(false);
    expect(load("infra.yml").concurrency?.["cancel-in-progress"]).toBe(false);
  });

  it("of a production wait for its reviewers: every job that changes something has an environment", () => {
    const jobs = ["upgrade.yml", "helm-upgrade.yml", "infra.yml"].flatMap((name) => Object.entries(load(name).jobs));
    const changing = jobs.filter(([, job]) =>
      job.steps.some(({ with: given }) => /DEPLOY|APPLY/u.test(String(given?.["role-to-assume"]))),
    );
    expect(changing.map(([id]) => id)).toEqual(["upgrade", "upgrade", "rollback", "apply"]);
    for (const [, job] of changing) expect(job.environment).toBeTruthy();
  });
});
