import { afterEach, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { freezeAgent, killServer, thawAgent } from "./support/faults.js";
import { keyNames, missingKeys, writeKeys } from "./support/keys.js";
import { type CliRun, startCli, testPolicy } from "./support/run-cli.js";
import { expectOrdinary, ORDINARY, upgrade } from "./support/surge.js";
import { primaries, startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const KEYS = keyNames("confirmed", 100);
/** The first replica that the upgrade stops, with its primary, at the moment at which it does not serve. */
async function rolling(
  started: TestCluster,
  run: CliRun,
): Promise<{ readonly replica: string; readonly primary: string }> {
  const [pods, topology] = [await started.pods(), await started.topology()];
  const at = (address: string): string => pods.find((pod) => pod.address === address)?.name ?? "";
  const replica = await until("a replica to be stopped", 120, async () => {
    if (run.child.exitCode !== null) throw new Error(run.said().slice(-2000));
    return (await started.pods()).find((pod) => ORDINARY.includes(pod.name) && pod.phase !== "running")?.name;
  });
  const shard = topology.shards.find((one) => one.replicas.some((node) => at(node.address) === replica));
  return { replica, primary: at(shard?.primary.address ?? "") };
}

describe("an upgrade with --surge", () => {
  it("survives a primary that crashes while its own replica restarts: the added one is elected, no confirmed write is lost", async ({
    annotate,
  }) => {
    cluster = await startTestCluster();
    const started = cluster;
    const run = startCli(started.home, upgrade(testPolicy(), "--surge"));
    const { replica, primary } = await rolling(started, run);
    await writeKeys(started, KEYS);
    // Without its agent the server stays away, as it would with its host.
    freezeAgent(started, primary);
    killServer(started, primary);
    await until("another primary to be elected", 20, async () => {
      const owners = await primaries(started);
      const { slotsCovered } = await started.topology();
      return slotsCovered === 16384 && owners.length === 3 && !owners.includes(primary);
    });
    thawAgent(started, primary);
    const result = await run.ended;
    const report = result.json() as UpgradeReport;
    await annotate(
      `${primary} crashed while ${replica} restarted: exit ${result.code}, ${report.failed} of ${report.commands} failed, ${report.lost} lost, ${report.doubled} applied twice (sent again by a library whose connection was cut before the reply), longest stall ${report.longestStallMs} ms; ${report.reason}`,
    );
    expect(await missingKeys(started, KEYS)).toEqual([]);
    expect(["passed", "failed", "rolled-back"]).toContain(report.result);
    expect(report.reason).toMatch(/slots \d+-\d+ were not served for \d+\.\d s/u);
    const version = report.result === "rolled-back" ? "7.0.15" : "8.0.6";
    await expectOrdinary(started, version, ["placement.majority"]);
  });
});

describe("an upgrade without --surge", () => {
  it("says for how long a shard was not served when its primary crashes while its only replica restarts", async ({
    annotate,
  }) => {
    cluster = await startTestCluster();
    const started = cluster;
    await writeKeys(started, KEYS);
    const run = startCli(started.home, upgrade(testPolicy()));
    const { primary } = await rolling(started, run);
    freezeAgent(started, primary);
    killServer(started, primary);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    thawAgent(started, primary);
    const result = await run.ended;
    const report = result.json() as UpgradeReport;
    await annotate(`exit ${result.code}; ${report.reason}; longest stall ${report.longestStallMs} ms`);
    expect(report.reason).toMatch(/slots \d+-\d+ were not served for \d+\.\d s/u);
    expect(report.longestStallMs).toBeGreaterThan(3000);
    await untilReady(started, 20);
    expect(await missingKeys(started, KEYS)).toEqual([]);
  });
});
