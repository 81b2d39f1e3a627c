import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { serveSlo, type SloEndpoint } from "../support/serve-slo.js";
import { runCli, startCli, testPolicy } from "./support/run-cli.js";
import { startTestCluster, type TestCluster, until } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
let endpoint: SloEndpoint | undefined;
const folder = mkdtempSync(join(tmpdir(), "evenkeel-slo-"));
afterEach(async () => {
  await cluster?.destroy();
  endpoint?.close();
  rmSync(folder, { recursive: true, force: true });
});

it("an upgrade that is gone on with, and finds no witness, is held until one watches again; nothing is taken back", async () => {
  let answers = true;
  let commands = 0;
  endpoint = await serveSlo(() => (answers ? { commands: (commands += 50), failed: 0, p99Ms: 3 } : 503));
  const file = join(folder, "witness.json");
  writeFileSync(file, JSON.stringify({ kind: "json", url: endpoint.url, everyMs: 500 }));
  cluster = await startTestCluster();
  const { home } = cluster;
  const asked = ["--name", "rc", "--output", "json", "upgrade", "--to", "redis@8.0", "--execute"];
  const upgrade = [...asked, "--witness", "external", "--witness-config", file, "--policy", testPolicy()];

  const first = startCli(home, upgrade);
  await until("the canary to be replaced", 60, async () => first.said().includes("runs redis@8"));
  first.child.kill("SIGKILL");
  await first.ended;
  answers = false;
  const second = startCli(home, upgrade);
  await until("the hold", 60, async () => second.said().includes("does not count now: no witness could be started"));
  const status = await runCli(home, ["--name", "rc", "--output", "json", "status"]);
  expect(status.code).toBe(0);
  answers = true;
  const { code, json } = await second.ended;
  const { result, failovers } = json() as UpgradeReport;
  expect({ code, result, failovers }).toEqual({ code: 0, result: "passed", failovers: 3 });
});
