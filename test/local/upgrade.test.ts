import { afterEach, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { runCli, startCli, testPolicy } from "./support/run-cli.js";
import { primaries, startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";
import { NOTHING, seen } from "./support/upgrade-report.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const UPGRADE = ["--name", "rc", "--output", "json", "upgrade", "--to", "redis@8.0", "--execute", "--rate", "500"];
const upgrade = (policy = testPolicy()): readonly string[] => [...UPGRADE, "--policy", policy];

const versions = async (started: TestCluster): Promise<readonly string[]> =>
  (await started.topology()).nodes.map((node) => node.view?.server.version ?? "");

describe("an upgrade", () => {
  it("brings every node to the target with one failover a shard, and no client notices", async () => {
    cluster = await startTestCluster();
    const result = await runCli(cluster.home, upgrade());
    const report = result.json() as UpgradeReport;
    expect({ code: result.code, ...seen(report), failovers: report.failovers }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
      failovers: 3,
    });
    expect(new Set(await versions(cluster))).toEqual(new Set(["8.0.6"]));
  });

  it("goes on forward when an old copy ends during the soak: it is no evidence against the target", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const [former = ""] = await primaries(started);
    const running = startCli(started.home, upgrade(testPolicy({ soak: { ms: 8000 } })));
    await until("the soak to begin", 90, async () => running.said().includes("the soak of 8 s"));
    process.kill(started.processes(former).server?.pid ?? 0, "SIGKILL");
    const result = await running.ended;
    const report = result.json() as UpgradeReport;
    expect({ code: result.code, ...seen(report) }).toEqual({ code: 0, result: "passed", ...NOTHING });
    expect(new Set(await versions(started))).toEqual(new Set(["8.0.6"]));
  });

  it("changes nothing without --execute", async () => {
    cluster = await startTestCluster();
    const before = await cluster.pods();
    const result = await runCli(cluster.home, ["--name", "rc", "upgrade", "--to", "redis@8.0"]);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("Nothing was changed");
    expect((await cluster.pods()).map((pod) => pod.uid)).toEqual(before.map((pod) => pod.uid));
  });

  it("goes on where it stopped when its process was killed", async () => {
    cluster = await startTestCluster();
    const first = startCli(cluster.home, upgrade());
    await until(
      "the second replica to be replaced",
      60,
      async () => (first.said().match(/runs redis@8/g) ?? []).length >= 2,
    );
    first.child.kill("SIGKILL");
    await first.ended;
    const second = await runCli(cluster.home, upgrade());
    const report = second.json() as UpgradeReport;
    expect({ code: second.code, ...seen(report) }).toEqual({ code: 0, result: "passed", ...NOTHING });
    // Counted from the beginning of the first run: still one a shard.
    expect(report.failovers).toBe(3);
    expect(new Set(await versions(cluster))).toEqual(new Set(["8.0.6"]));
  });

  it("keeps a second one out, and says who holds the lease", async () => {
    cluster = await startTestCluster();
    const first = startCli(cluster.home, upgrade());
    await until("the first to have begun", 30, async () => first.said().includes("preflight"));
    const second = await runCli(cluster.home, upgrade());
    expect(second.code).toBe(3);
    expect(second.stderr).toContain(`process ${first.child.pid}`);
    const takeBack = await runCli(cluster.home, ["--name", "rc", "rollback", "--execute"]);
    expect(takeBack.code).toBe(3);
    expect((await first.ended).code).toBe(0);
  });

  it("holds before its next step when it is braked, also during a hand-over, and goes on when released", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const running = startCli(started.home, upgrade());
    await until("a hand-over to begin", 60, async () => running.said().includes("hands its slots over"));
    expect((await runCli(started.home, ["--name", "rc", "brake", "lunch"])).code).toBe(0);
    await until("the brake to hold", 60, async () => running.said().includes("held before the next step: lunch"));
    const held = (await started.topology()).views[0]?.cluster.currentEpoch;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((await started.topology()).views[0]?.cluster.currentEpoch).toBe(held);
    await untilReady(started, 10);
    expect((await runCli(started.home, ["--name", "rc", "release"])).code).toBe(0);
    const result = await running.ended;
    expect({ code: result.code, ...seen(result.json() as UpgradeReport) }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
    });
  });

  it("stops where it is safe at Ctrl-C, and the same command goes on", async () => {
    cluster = await startTestCluster();
    const running = startCli(cluster.home, upgrade());
    await until("a hand-over to begin", 60, async () => running.said().includes("hands its slots over"));
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    await untilReady(cluster, 20);
    const again = await runCli(cluster.home, upgrade());
    expect({ code: again.code, ...seen(again.json() as UpgradeReport) }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
    });
  });
});

describe("a rollback", () => {
  it("hands back from the soak: the old version serves again and nothing is lost", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const owners = await primaries(started);
    const running = startCli(started.home, upgrade(testPolicy({ soak: { ms: 60_000 } })));
    await until("the soak to begin", 90, async () => running.said().includes("the soak of 60 s"));
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    const back = await runCli(started.home, [
      "--name",
      "rc",
      "--output",
      "json",
      "rollback",
      "--execute",
      "--rate",
      "500",
      "--policy",
      testPolicy(),
    ]);
    const report = back.json() as UpgradeReport;
    expect({ code: back.code, ...seen(report) }).toEqual({ code: 0, result: "rolled-back", ...NOTHING });
    expect(new Set(await versions(started))).toEqual(new Set(["7.0.15"]));
    expect(await primaries(started)).toEqual(owners);
  });
});
