import { afterEach, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { killAgent, killServer } from "./support/faults.js";
import { type CliRun, runCli, startCli, testPolicy } from "./support/run-cli.js";
import { primaries, startTestCluster, type TestCluster, until } from "./support/test-cluster.js";
import { NOTHING, seen } from "./support/upgrade-report.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const UPGRADE = ["--name", "rc", "--output", "json", "upgrade", "--to", "redis@8.0", "--execute", "--rate", "300"];
const upgrade = (policy: string): readonly string[] => [...UPGRADE, "--policy", policy];

const said = (run: CliRun, what: string | RegExp, seconds = 150): Promise<true> =>
  until(`the upgrade to say "${what}"`, seconds, async () => {
    if (run.child.exitCode !== null) throw new Error(run.said().slice(-1500));
    return typeof what === "string" ? run.said().includes(what) : what.test(run.said());
  });

/** It passed, and no client noticed anything. */
async function expectPassed(started: TestCluster, run: CliRun): Promise<string> {
  const result = await run.ended;
  expect({ code: result.code, ...seen(result.json() as UpgradeReport) }).toEqual({
    code: 0,
    result: "passed",
    ...NOTHING,
  });
  const versions = (await started.topology()).nodes.map((node) => node.view?.server.version);
  expect(new Set(versions)).toEqual(new Set(["8.0.6"]));
  return result.stderr;
}

/** The primary that has this key's slot. */
async function ownerOf(started: TestCluster, key: string): Promise<string> {
  for (const pod of await primaries(started)) {
    if ((await started.call(pod, "SET", key, "1").catch(() => "moved")) === "OK") return pod;
  }
  throw new Error(`nobody takes ${key}`);
}

describe("an old copy that cannot follow its new primary any more", () => {
  it("is replaced at once, in the midst of the soak, which then begins anew", async () => {
    cluster = await startTestCluster();
    const [former = ""] = await primaries(cluster);
    const run = startCli(cluster.home, upgrade(testPolicy({ soak: { ms: 12_000 } })));
    await said(run, "the soak of 12 s");
    // With the append-only file on it needs a full copy now, which its version cannot read.
    killServer(cluster, former);
    await said(run, `${former} runs redis@8.0.6`, 30);
    const stderr = await expectPassed(cluster, run);
    expect(stderr).toMatch(
      /soak\/soak is cut short: \S+: 7\.0\.15 cannot read a full copy of 8\.0\.6: \d+ were begun[^]*repair\/roll\/rc-0[^]*the upgrade goes on: what is left leads to the same end[^]*soak\/soak/u,
    );
  });

  it("is one that dropped a command which the target words anew: the preflight names it, the soak notices it", async () => {
    cluster = await startTestCluster();
    const owner = await ownerOf(cluster, "prices");
    await cluster.call(owner, "DEL", "prices");
    await cluster.call(owner, "HINCRBYFLOAT", "prices", "apple", "1.5");
    const run = startCli(cluster.home, upgrade(testPolicy({ soak: { ms: 12_000 } })));
    await said(run, "the soak of 12 s");
    const serving = await until("the new owner", 10, async () => {
      for (const pod of await primaries(cluster as TestCluster)) {
        const reply = await cluster?.call(pod, "HINCRBYFLOAT", "prices", "apple", "1").catch(() => undefined);
        if (reply !== undefined) return pod;
      }
      return undefined;
    });
    const stderr = await expectPassed(cluster, run);
    expect(stderr).toMatch(/pair\.ordinary: clients use HINCRBYFLOAT \(1 calls\): redis@8\.0\.6 hands it/u);
    expect(stderr).toMatch(/soak\/soak is cut short: rc-\d: 7\.0\.15 refused 1 replicated commands of 8\.0\.6/u);
    expect(await cluster.call(serving, "HGET", "prices", "apple")).toBe("2.5");
  });
});

describe("a primary that is drained before the target was watched serving", () => {
  it("brakes the upgrade, since its shard has no way back any more; a person lets it go on", async () => {
    cluster = await startTestCluster();
    const run = startCli(cluster.home, upgrade(testPolicy({ soak: { canaryMs: 20_000 } })));
    await said(run, "the soak of 20 s");
    const canary = /canary\/roll\/(rc-\d)/u.exec(run.said())?.[1];
    const [pods, topology] = [await cluster.pods(), await cluster.topology()];
    const at = (address: string) => pods.find((pod) => pod.address === address);
    const shard = topology.shards.find((one) => one.replicas.some((node) => at(node.address)?.name === canary));
    const primary = at(shard?.primary.address ?? "");
    // What a drain does: the pod hands over to the canary, and comes back with the staged version.
    await cluster.platform.replace(primary?.name ?? "", primary?.uid ?? "");
    await said(
      run,
      /held before the next step: shard \d has no way back any more, and the target was not watched/u,
      60,
    );
    const released = await runCli(cluster.home, ["--name", "rc", "release"]);
    expect(released.stdout).toContain("has no way back any more");
    await expectPassed(cluster, run);
  });
});

describe("an agent that is killed during the hand-over that the upgrade asked for", () => {
  it("is asked again, and nothing is taken back", async () => {
    cluster = await startTestCluster();
    const run = startCli(cluster.home, upgrade(testPolicy()));
    await said(run, /rc-0 hands its slots over/u);
    killAgent(cluster, "rc-0");
    const stderr = await expectPassed(cluster, run);
    expect(stderr).toContain("the agent of rc-0 did not answer; it is asked again");
  });
});
