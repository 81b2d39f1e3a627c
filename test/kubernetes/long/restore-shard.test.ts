import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../../src/cli/upgrade-report.js";
import { type CliRun, testPolicy } from "../../local/support/run-cli.js";
import { startEvenkeel } from "../support/evenkeel.js";
import { tellOnFailure } from "../support/install-before.js";
import { until } from "../support/kube.js";
import { engineValues, installRelease, type Release } from "../support/release.js";

const home = mkdtempSync(join(tmpdir(), "evenkeel-kubernetes-"));
let release: Release;

beforeAll(async () => {
  release = await installRelease({ values: engineValues("redis@7.0") });
});
afterAll(async () => {
  await release?.remove();
  rmSync(home, { recursive: true, force: true });
});

function start(...command: readonly string[]): Promise<CliRun> {
  const policy = ["--policy", testPolicy({ soak: { canaryMs: 0, ms: 0 } })];
  // `place` has no witness of its own.
  const unwatched = command[0] === "place" ? [] : ["--witness", "off"];
  return startEvenkeel(release, [...command, "--execute", ...unwatched, ...policy], { home });
}

/** How a command ended: its code and result, and what it said where it did not end well. */
async function ending(run: CliRun): Promise<object> {
  const { code, stderr, json } = await run.ended;
  if (code !== 0) throw new Error(`exit ${code}: ${stderr.slice(-4000)}`);
  return { code, result: (json() as UpgradeReport).result };
}

const KEYS = 60;

/** Runs a command of the engine's client for each of the keys, in one pod that every slot can be reached from. */
async function forKeys(prefix: string, command: string): Promise<readonly string[]> {
  const loop = `i=0; while [ $i -lt ${KEYS} ]; do redis-cli -c ${command.replace("KEY", `${prefix}:$i`)}; i=$((i+1)); done`;
  return (await release.kubectl("exec", "rc-0", "-c", "server", "--", "sh", "-c", loop)).trim().split("\n");
}

async function writeKeys(prefix: string): Promise<void> {
  expect(new Set(await forKeys(prefix, "SET KEY v"))).toEqual(new Set(["OK"]));
}
const countKeys = async (prefix: string): Promise<number> =>
  (await forKeys(prefix, "EXISTS KEY")).filter((reply) => reply === "1").length;

async function versions(): Promise<readonly string[]> {
  const infos = await Promise.all(
    (await release.pods()).map(({ metadata }) => release.call(metadata.name, "INFO", "server")),
  );
  return infos.map((info) => /redis_version:(\d+\.\d+)/.exec(info)?.[1] ?? info);
}

const uids = async (): Promise<ReadonlyMap<string, string>> =>
  new Map((await release.pods()).map(({ metadata }) => [metadata.name, metadata.uid]));

/** How often each pod's data was moved aside for a restore. */
async function restoresKept(): Promise<readonly number[]> {
  const lists = await Promise.all(
    (await release.pods()).map(({ metadata }) =>
      release.kubectl("exec", metadata.name, "-c", "server", "--", "ls", "/data/evenkeel-aside"),
    ),
  );
  return lists.map((list) => list.split("\n").filter((name) => name.endsWith("-before-restore")).length);
}

async function expectFormer(): Promise<void> {
  await release.untilReady(60);
  expect(await versions()).toEqual(Array.from({ length: 6 }, () => "7.0"));
  // Each shard has its replica in step again, and writes are taken as before.
  await writeKeys("again");
  expect(await countKeys("again")).toBe(KEYS);
}

describe("`rollback --accept-data-loss` of pods, past the point of no return", () => {
  it("puts every shard back to its snapshot on the former version, loses what came after, and keeps that aside", async () => {
    tellOnFailure(release);
    await writeKeys("before");
    expect(await ending(await start("upgrade", "--to", "redis@8.0"))).toEqual({ code: 0, result: "passed" });
    await writeKeys("after");

    const before = await uids();
    const refused = await (await start("rollback")).ended;
    expect({ code: refused.code, said: refused.stderr }).toEqual({
      code: 3,
      said: expect.stringMatching(/--accept-data-loss restores the snapshot and loses the writes of the last \d+ s/),
    });
    expect(await uids()).toEqual(before);
    expect([await countKeys("before"), await countKeys("after")]).toEqual([KEYS, KEYS]);

    const back = await start("rollback", "--accept-data-loss");
    expect(await ending(back)).toEqual({ code: 0, result: "rolled-back" });
    await expectFormer();
    expect([await countKeys("before"), await countKeys("after")]).toEqual([KEYS, 0]);
    expect(await restoresKept()).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("goes on when it was killed between a shard's replica and its primary", async () => {
    tellOnFailure(release);
    // Two of three primaries may stand on one node by now, which the check before an upgrade refuses.
    expect((await (await start("place")).ended).code).toBe(0);
    expect(await ending(await start("upgrade", "--to", "redis@8.0"))).toEqual({ code: 0, result: "passed" });
    await writeKeys("later");

    const before = await uids();
    const killed = await start("rollback", "--accept-data-loss");
    await until("the first pod to be replaced", 120, async () => {
      if (killed.child.exitCode !== null) throw new Error(killed.said().slice(-3000));
      return [...(await uids())].some(([name, uid]) => before.get(name) !== uid);
    });
    killed.child.kill("SIGKILL");
    await killed.ended;

    expect(await ending(await start("rollback", "--accept-data-loss"))).toEqual({ code: 0, result: "rolled-back" });
    await expectFormer();
    expect([await countKeys("before"), await countKeys("later")]).toEqual([KEYS, 0]);
  });
});
