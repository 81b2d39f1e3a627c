import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { keyNames, missingKeys, writeKeys } from "./support/keys.js";
import { runCli, testPolicy } from "./support/run-cli.js";
import { startTestCluster, type TestCluster, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const verb = (...words: readonly string[]): readonly string[] => {
  const policy = testPolicy({ soak: { canaryMs: 0, ms: 0 } });
  return ["--name", "rc", "--output", "json", ...words, "--execute", "--witness", "off", "--policy", policy];
};
const KEPT = keyNames("before", 200);
const LOST = keyNames("after", 50);

describe("rollback --accept-data-loss, past the point of no return", () => {
  it("puts every shard back to its snapshot on the former version, loses what came after, and keeps that aside", async () => {
    cluster = await startTestCluster();
    await writeKeys(cluster, KEPT);
    expect((await runCli(cluster.home, verb("upgrade", "--to", "redis@8.0"))).code).toBe(0);
    await writeKeys(cluster, LOST);

    const refused = await runCli(cluster.home, verb("rollback"));
    expect({ code: refused.code, said: refused.stderr }).toEqual({
      code: 3,
      said: expect.stringContaining("--accept-data-loss restores the snapshot"),
    });
    expect(await missingKeys(cluster, [...KEPT, ...LOST])).toEqual([]);

    const back = await runCli(cluster.home, verb("rollback", "--accept-data-loss"));
    expect({ code: back.code, said: back.stderr }).toMatchObject({ code: 0 });
    expect((back.json() as UpgradeReport).result).toBe("rolled-back");
    const topology = await untilReady(cluster, 10);
    expect(new Set(topology.nodes.map((node) => node.view?.server.version))).toEqual(new Set(["7.0.15"]));
    expect(await missingKeys(cluster, KEPT)).toEqual([]);
    expect(await missingKeys(cluster, LOST)).toEqual(LOST);
    const aside = (await cluster.pods()).map((pod) => join(cluster?.volume(pod.name) ?? "", "evenkeel-aside"));
    const kept = aside.filter(
      (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith("-before-restore")),
    );
    expect(kept).toHaveLength(6);
    // Each shard has its replica in step again, and writes are taken as before.
    await writeKeys(cluster, LOST);
    expect(await missingKeys(cluster, LOST)).toEqual([]);
  });
});
