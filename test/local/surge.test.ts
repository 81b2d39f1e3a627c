import { afterEach, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { runCli, testPolicy } from "./support/run-cli.js";
import { expectOrdinary, upgrade } from "./support/surge.js";
import { startTestCluster, type TestCluster } from "./support/test-cluster.js";
import { NOTHING, seen } from "./support/upgrade-report.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

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
