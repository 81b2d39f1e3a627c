import { readdirSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { readClusterFile } from "../../src/platforms/local/cluster-file.js";
import { clusterPaths } from "../../src/platforms/local/state-paths.js";
import { runCli, testPolicy } from "./support/run-cli.js";
import { startTestCluster, type TestCluster, untilReady } from "./support/test-cluster.js";
import { NOTHING, seen } from "./support/upgrade-report.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const ORDINARY = ["rc-0", "rc-1", "rc-2", "rc-3", "rc-4", "rc-5"];
const UPGRADE = ["--name", "rc", "--output", "json", "upgrade", "--to", "redis@8.0", "--execute", "--rate", "300"];
const upgrade = (policy: string, ...more: readonly string[]): readonly string[] => [
  ...UPGRADE,
  "--policy",
  policy,
  ...more,
];

const removed = (started: TestCluster): readonly string[] =>
  readdirSync(clusterPaths(started.home, "rc").removedDir)
    .map((name) => name.replace(/\..*$/u, ""))
    .toSorted();

/** Nothing is left of the added replicas but their volumes, kept aside; and no check blocks. */
async function expectOrdinary(started: TestCluster, version: string): Promise<void> {
  const topology = await untilReady(started, 20);
  expect((await started.pods()).map(({ name }) => name)).toEqual(ORDINARY);
  expect(readClusterFile(started.home, "rc").placements.length).toBe(ORDINARY.length);
  expect(topology.views.map((view) => view.cluster.knownNodes)).toEqual(ORDINARY.map(() => ORDINARY.length));
  expect(new Set(topology.nodes.map((node) => node.view?.server.version))).toEqual(new Set([version]));
  expect(removed(started)).toEqual(["rc-6", "rc-7", "rc-8"]);
  expect((await runCli(started.home, ["--name", "rc", "check", "post"])).code).toBe(0);
}

describe("an upgrade with --surge", () => {
  it("takes one more replica of each shard along, and leaves nothing of them behind", async () => {
    cluster = await startTestCluster();
    const result = await runCli(cluster.home, upgrade(testPolicy(), "--surge"));
    const report = result.json() as UpgradeReport;
    expect({ code: result.code, ...seen(report), failovers: report.failovers }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
      failovers: 3,
    });
    await expectOrdinary(cluster, "8.0.6");
  });
});
