import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { installRelease, type Release } from "../kubernetes/support/release.js";
import { type Checkout, copyCheckout } from "./support/copy-checkout.js";

let checkout: Checkout;
let release: Release;
/** What the runner gives to a step, anew for each. */
let temp: string;

beforeAll(async () => {
  checkout = copyCheckout();
  execFileSync(process.execPath, ["scripts/setup.mjs"], { cwd: checkout.folder });
  release = await installRelease();
});
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), "evenkeel-action-"));
});
afterAll(async () => {
  await release?.remove();
  checkout.remove();
  rmSync(temp, { recursive: true, force: true });
});

interface Step {
  readonly code: number;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

const readIf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** Runs the file that action.yml names, with a step's `with:`, the way a runner does: Node, INPUT_*, and files for what is told. */
async function runStep(inputs: Readonly<Record<string, string>>): Promise<Step> {
  const { runs } = parse(readFileSync(join(checkout.folder, "action.yml"), "utf8")) as { runs: { main: string } };
  const [output, summary] = [join(temp, "output"), join(temp, "summary")];
  const { exitCode, all } = await execa(process.execPath, [join(checkout.folder, runs.main)], {
    cwd: temp,
    extendEnv: false,
    reject: false,
    all: true,
    env: {
      ...(await checkout.env(4)),
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: temp,
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    },
  });
  const lines = readIf(output).split("\n").filter(Boolean);
  const outputs = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  return { code: exitCode ?? -1, log: all, outputs, summary: readIf(summary) };
}

const named = (): { namespace: string; release: string } => ({ namespace: release.namespace, release: release.name });

describe("the action", () => {
  it("refuses inputs that make no sense with a note on the run", async () => {
    const { code, log } = await runStep({ command: "upgrade", ...named() });
    expect([code, log]).toEqual([
      2,
      expect.stringMatching(/^::error title=ACTION_INPUT::the command upgrade needs the input `to`/u),
    ]);
  });

  it("says of a release that is not there what to do", async () => {
    const { code, log, outputs } = await runStep({
      command: "check-pre",
      namespace: release.namespace,
      release: "nobody",
    });
    expect([code, outputs["result"]]).toEqual([2, "refused"]);
    expect(log).toMatch(/^::error title=CLUSTER_NOT_FOUND::/mu);
  });

  it("checks, and keeps the findings as its report", async () => {
    const { code, outputs, log } = await runStep({ command: "check-pre", ...named() });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(["passed", "warnings"]).toContain(outputs["result"]);
    const report = JSON.parse(readFileSync(outputs["report"] ?? "", "utf8")) as { findings: { id: string }[] };
    expect(report.findings.map(({ id }) => id)).toContain("slots.covered");
  });

  it("blocks with a note for each finding", async () => {
    await release.call("rc-1", "CONFIG", "SET", "cluster-node-timeout", "7000");
    const { code, outputs, log, summary } = await runStep({ command: "check-pre", ...named() });
    await release.call("rc-1", "CONFIG", "SET", "cluster-node-timeout", "5000");
    expect([code, outputs["result"]]).toEqual([3, "blocked"]);
    expect(log).toMatch(/^::error title=check config\.node-timeout::/mu);
    expect(summary).toContain("| config.node-timeout | block |");
  });

  it("shows a plan in the job's summary and changes nothing", async () => {
    const before = (await release.pods()).map(({ metadata }) => metadata.uid);
    const { code, summary, log } = await runStep({ command: "plan", to: "redis@8.0", ...named() });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(summary).toMatch(/^```\n[\s\S]*redis@7\.0[\s\S]*redis@8\.0[\s\S]*```\n$/u);
    expect((await release.pods()).map(({ metadata }) => metadata.uid)).toEqual(before);
  });

  it("upgrades, judged by clients, and gives the figures to the steps after it", async () => {
    const policy = join(temp, "policy.json");
    writeFileSync(policy, JSON.stringify({ soak: { canaryMs: 3000, ms: 3000 } }));
    const { code, outputs, summary, log } = await runStep({ command: "upgrade", to: "redis@8.0", policy, ...named() });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(outputs).toMatchObject({ result: "passed", lost: "0" });
    expect(Number(outputs["longest-stall"])).toBeGreaterThan(0);
    expect(log).toMatch(/^::group::canary$/mu);
    expect(summary).toMatch(/```mermaid\ngantt\n/u);
    const version = await release.call("rc-0", "INFO", "server");
    expect(version).toContain("redis_version:8.0");
  });
});
