import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { parseEngineSpec } from "../../src/cluster/engines.js";
import { readClusterFile } from "../../src/platforms/local/cluster-file.js";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import { localUpgradeStore } from "../../src/platforms/local/upgrade-store/local-upgrade-store.js";
import { type AdverseKind, type AdverseOptions, writeAdverseEngine } from "../fixtures/engines/adverse.js";
import { type CliRun, runCli, startCli, testPolicy } from "./support/run-cli.js";
import { primaries, startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";
import { NOTHING, seen } from "./support/upgrade-report.js";

let cluster: TestCluster | undefined;
let engines: string | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
  if (engines !== undefined) rmSync(engines, { recursive: true });
  engines = undefined;
});

const RATE = ["--rate", "500"];
const verb = (...words: readonly string[]): readonly string[] => ["--name", "rc", "--output", "json", ...words];
const upgrade = (policy: string, ...more: readonly string[]): readonly string[] =>
  verb("upgrade", "--to", "redis@8.0", "--execute", ...RATE, "--policy", policy, ...more);
const rollback = (...more: readonly string[]): readonly string[] =>
  verb("rollback", "--execute", ...RATE, "--policy", testPolicy(), ...more);

/** The environment of a command that finds this engine where redis@8.0 should be. */
async function withAdverse(kind: AdverseKind, options: AdverseOptions = {}): Promise<Record<string, string>> {
  engines = mkdtempSync(join(tmpdir(), "evenkeel-adverse-"));
  const real = await resolveEngine(parseEngineSpec("redis@8.0"), { env: process.env });
  return { EVENKEEL_ENGINES: writeAdverseEngine(engines, kind, { ...options, real }) };
}

const running = async (started: TestCluster): Promise<readonly string[]> => [
  ...new Set((await started.topology()).nodes.map((node) => node.view?.server.version ?? "silent")),
];

/** Everything is as before: the old version, every pod ready, and the same pods serve. */
async function expectAsBefore(started: TestCluster, owners: readonly string[]): Promise<void> {
  await untilReady(started, 5);
  expect(await running(started)).toEqual(["7.0.15"]);
  expect(await primaries(started)).toEqual(owners);
}

const said = (run: CliRun, what: string, seconds = 90): Promise<true> =>
  until(`the upgrade to say "${what}"`, seconds, async () => run.said().includes(what));

/** What is remembered of runs: the open one's journal, and those that are over. */
function journals(started: TestCluster): readonly string[] {
  const folder = join(started.home, "clusters", "rc", "upgrade");
  return [folder, join(folder, "archive")]
    .flatMap((one) => readdirSync(one))
    .filter((name) => !name.startsWith("lease."));
}

describe("a new engine that is bad", () => {
  it.each([
    {
      kind: "refuses",
      deadlines: {},
      reason:
        /rc-\d does not start with redis@8\.0\.6: .*this build of the server refuses to start.* started on redis@7\.0\.15 again; all checks pass/u,
    },
    {
      kind: "dies-after",
      deadlines: {},
      reason:
        /the server of rc-\d ended by itself during the soak: the server killed by SIGKILL.* started on redis@7\.0\.15 again/u,
    },
    {
      kind: "never-syncs",
      deadlines: { podMs: 20_000 },
      reason:
        /rc-\d to run redis@8\.0\.6, in step with its primary: not within 20 s; last seen: .*the link to .* is down.* started on redis@7\.0\.15 again/u,
    },
    {
      kind: "slow-to-load",
      deadlines: { podMs: 6000 },
      reason: /not within 6 s; last seen: .*waits for the server to answer.* started on redis@7\.0\.15 again/u,
    },
  ] as const)(
    "$kind: is taken back before it served anybody, and the report says why",
    async ({ kind, deadlines, reason }) => {
      const env = await withAdverse(kind, { seconds: kind === "slow-to-load" ? 30 : 8 });
      cluster = await startTestCluster();
      const owners = await primaries(cluster);
      const policy = testPolicy({ soak: { canaryMs: 20_000 }, deadlines });
      const result = await runCli(cluster.home, upgrade(policy), env);
      const report = result.json() as UpgradeReport;
      expect({ code: result.code, ...seen(report), failovers: report.failovers }).toEqual({
        code: 1,
        result: "rolled-back",
        ...NOTHING,
        failovers: 0,
      });
      expect(report.reason).toMatch(reason);
      expect(report.reason).not.toContain("\n");
      await expectAsBefore(cluster, owners);
    },
  );

  it("slow to load but within its deadline is no failure", async () => {
    const env = await withAdverse("slow-to-load", { seconds: 4 });
    cluster = await startTestCluster();
    const result = await runCli(cluster.home, upgrade(testPolicy()), env);
    expect({ code: result.code, ...seen(result.json() as UpgradeReport) }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
    });
  });
});

describe("a configuration that the new engine refuses", () => {
  it("ends the upgrade with nothing touched, in the engine's own words", async () => {
    // Redis 8.0 has a command of that name, so that no other may be renamed to it; 7.0 knows none.
    cluster = await startTestCluster({ serverConfig: ["rename-command LOLWUT HGETEX"] });
    const before = await cluster.pods();
    const load = await cluster.load(200);
    const result = await runCli(cluster.home, upgrade(testPolicy()));
    expect(result.code).toBe(1);
    const { error } = result.json() as { error: { code: string; message: string } };
    expect(error.code).toBe("CONFIG_REFUSED");
    expect(error.message).toMatch(
      /redis@8\.0\.6 does not accept the cluster's configuration: .*HGETEX.*; nothing was changed, every pod runs redis@7\.0\.15/u,
    );
    expect(error.message).not.toContain("\n");
    expect((await cluster.pods()).map(({ uid, ready }) => ({ uid, ready }))).toEqual(
      before.map(({ uid }) => ({ uid, ready: true })),
    );
    expect(await load.finish()).toMatchObject({ failed: 0, lost: 0, doubled: 0 });
  });
});

/** Ids of all processes below this one. */
function below(pid: number): readonly number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...below(child)]);
}

/** The witness that a command started. */
function witnessOf({ child }: CliRun): number {
  const found = below(child.pid ?? 0).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("witness"));
  if (found === undefined) throw new Error("no witness runs");
  return found;
}

describe("the guard", () => {
  it("holds at a soft limit and goes on by itself when all is well again", async () => {
    cluster = await startTestCluster();
    const [first = ""] = await primaries(cluster);
    const policy = testPolicy({ soak: { canaryMs: 4000 }, soft: { stallMs: 1000, clearMs: 8000 } });
    const run = startCli(cluster.home, upgrade(policy));
    await said(run, "the soak of 4 s");
    const { server } = cluster.processes(first);
    process.kill(server?.pid ?? 0, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 1800));
    process.kill(server?.pid ?? 0, "SIGCONT");
    const result = await run.ended;
    expect(result.stderr).toMatch(/held before the next step: (soft|inconclusive): stall/u);
    expect(result.stderr).toContain("the upgrade goes on");
    expect({ code: result.code, ...seen(result.json() as UpgradeReport) }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
    });
  });

  it("takes the upgrade back when more commands fail than the limit allows", async () => {
    cluster = await startTestCluster();
    const [first = ""] = await primaries(cluster);
    const run = startCli(cluster.home, upgrade(testPolicy({ soak: { canaryMs: 60_000 } })));
    await said(run, "the soak of 60 s");
    // Its writes are refused from now on: what clients see is an error for each.
    await cluster.call(first, "CONFIG", "SET", "min-replicas-to-write", "5");
    await said(run, "going back to redis@7.0.15", 30);
    await cluster.call(first, "CONFIG", "SET", "min-replicas-to-write", "0");
    const result = await run.ended;
    const report = result.json() as UpgradeReport;
    expect({ code: result.code, result: report.result }).toEqual({ code: 1, result: "rolled-back" });
    expect(report.reason).toMatch(/a hard limit was passed: \d+ failed commands? > 0.*Taken back: .*all checks pass/u);
    await untilReady(cluster, 10);
    expect(await running(cluster)).toEqual(["7.0.15"]);
  });

  it("holds as inconclusive when the witness is killed, starts another, and the upgrade passes", async () => {
    cluster = await startTestCluster();
    const run = startCli(cluster.home, upgrade(testPolicy({ soak: { canaryMs: 12_000 } })));
    await said(run, "the soak of 12 s");
    process.kill(witnessOf(run), "SIGKILL");
    await said(run, "inconclusive: the witness ended by itself", 20);
    const result = await run.ended;
    const report = result.json() as UpgradeReport;
    expect({ code: result.code, ...seen(report) }).toEqual({ code: 0, result: "passed", ...NOTHING });
    expect(report.commands).toBeGreaterThan(0);
    expect(report.reason).toMatch(/a witness ended by itself, and what it wrote was not read back/u);
  });

  it("judges by looking at the cluster alone with --witness off", async () => {
    cluster = await startTestCluster();
    const result = await runCli(cluster.home, upgrade(testPolicy(), "--witness", "off"));
    const report = result.json() as UpgradeReport;
    expect({ code: result.code, result: report.result, commands: report.commands }).toEqual({
      code: 0,
      result: "passed",
      commands: 0,
    });
    expect(await running(cluster)).toEqual(["8.0.6"]);
  });
});

describe("an interrupted upgrade", () => {
  it("leaves at once at the second Ctrl-C, also during a hand-over, and the same command goes on", async () => {
    cluster = await startTestCluster();
    const run = startCli(cluster.home, upgrade(testPolicy()));
    await said(run, "hands its slots over");
    run.child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const asked = performance.now();
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(1000);
    await untilReady(cluster, 30);

    // Meanwhile no other version has a chance.
    const other = await runCli(cluster.home, verb("upgrade", "--to", "valkey@8.0", "--execute", "--witness", "off"));
    expect({ code: other.code, said: other.stderr }).toEqual({
      code: 3,
      said: expect.stringContaining("an upgrade to redis@8.0.6 is under way; valkey@8.0.1 has to wait"),
    });

    const again = await runCli(cluster.home, upgrade(testPolicy()));
    expect({ code: again.code, ...seen(again.json() as UpgradeReport) }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
    });
  });

  it("refuses the journal of another cluster", async () => {
    cluster = await startTestCluster();
    const store = localUpgradeStore({ home: cluster.home, name: "rc", cluster: "another" });
    await store.journal.append({
      kind: "begun",
      upgrade: "u",
      cluster: "another",
      direction: "upgrade",
      plan: {},
      by: "a test",
    });
    const result = await runCli(cluster.home, upgrade(testPolicy(), "--witness", "off"));
    expect({ code: result.code, said: result.stderr }).toEqual({ code: 3, said: expect.stringContaining("another") });
    expect(await running(cluster)).toEqual(["7.0.15"]);
  });
});

describe("a pod that is replaced by somebody else during the soak", () => {
  it("comes back with the new version; that is said, with what it means for the way back, and planned for", async () => {
    cluster = await startTestCluster();
    const run = startCli(cluster.home, upgrade(testPolicy({ soak: { ms: 25_000 } })));
    await said(run, "the soak of 25 s");
    const pod = (await cluster.pods()).find(({ name }) => name === "rc-0");
    await cluster.platform.replace("rc-0", pod?.uid ?? "");
    await said(run, "rc-0 was replaced by somebody else and came back with redis@8.0.6", 30);
    const result = await run.ended;
    expect(result.stderr).toMatch(/planned again: .*-commit\/roll\/rc-0.*the point of no return is passed/u);
    expect({ code: result.code, ...seen(result.json() as UpgradeReport) }).toEqual({
      code: 0,
      result: "passed",
      ...NOTHING,
    });
    expect(readClusterFile(cluster.home, "rc").template.version).toBe("8.0.6");
  });
});

describe("a rollback", () => {
  it("that was killed is gone on with, by itself and by an upgrade", async () => {
    cluster = await startTestCluster();
    const owners = await primaries(cluster);
    const run = startCli(cluster.home, upgrade(testPolicy({ soak: { ms: 60_000 } })));
    await said(run, "the soak of 60 s");
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);

    const first = startCli(cluster.home, rollback());
    await said(first, "hands its slots over");
    first.child.kill("SIGKILL");
    await first.ended;
    const second = startCli(cluster.home, rollback());
    await said(second, "runs redis@7.0.15");
    second.child.kill("SIGKILL");
    await second.ended;
    const third = await runCli(cluster.home, upgrade(testPolicy()));
    const report = third.json() as UpgradeReport;
    expect({ code: third.code, ...seen(report) }).toEqual({ code: 1, result: "rolled-back", ...NOTHING });
    await expectAsBefore(cluster, owners);
  });

  it("is refused after the end where only the snapshot leads back; and an upgrade that is done has nothing to do", async () => {
    cluster = await startTestCluster();
    const policy = testPolicy({ soak: { canaryMs: 0, ms: 0 } });
    expect((await runCli(cluster.home, upgrade(policy, "--witness", "off"))).code).toBe(0);
    const before = journals(cluster);

    const result = await runCli(cluster.home, upgrade(policy));
    const report = result.json() as UpgradeReport;
    expect({ code: result.code, result: report.result, reason: report.reason, commands: report.commands }).toEqual({
      code: 0,
      result: "passed",
      reason: "nothing to do: every pod runs redis@8.0.6",
      commands: 0,
    });
    expect(journals(cluster)).toEqual(before);
    expect(result.stderr).not.toContain("commands a second by");

    const back = await runCli(cluster.home, rollback());
    expect({ code: back.code, said: back.stderr }).toEqual({
      code: 3,
      said: expect.stringMatching(
        /passed the point of no return.*--accept-data-loss restores the snapshot and loses the writes of the last \d+ s/su,
      ),
    });
    expect(await running(cluster)).toEqual(["8.0.6"]);
  });

  it("goes the full way back after the end where the pair has one, and nothing is lost", async () => {
    cluster = await startTestCluster({ engine: "valkey@8.0" });
    const there = verb("upgrade", "--to", "valkey@8.1", "--execute", ...RATE, "--policy", testPolicy());
    const up = await runCli(cluster.home, there);
    expect({ code: up.code, ...seen(up.json() as UpgradeReport) }).toEqual({ code: 0, result: "passed", ...NOTHING });
    expect(await running(cluster)).toEqual(["8.1.1"]);
    const back = await runCli(cluster.home, rollback());
    expect({ code: back.code, ...seen(back.json() as UpgradeReport) }).toEqual({
      code: 0,
      result: "rolled-back",
      ...NOTHING,
    });
    expect(await running(cluster)).toEqual(["8.0.1"]);
    await untilReady(cluster, 5);
  });
});
