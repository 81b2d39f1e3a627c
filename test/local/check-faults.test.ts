import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Finding, TopologyNode } from "../../src/cluster/types.js";
import { connectNode } from "../../src/redis/connect-node.js";
import { runCli } from "../unit/cli/run-cli.js";
import { startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";

const NODE_TIMEOUT_MS = 1000;
/** Slots of the first, second and third shard: any would do. */
const SLOT = 100;

let cluster: TestCluster;
/** How the faults that a test seeded are taken away again, the last one first. */
const undo: (() => Promise<unknown>)[] = [];

interface Checked {
  readonly code: number;
  readonly findings: readonly Finding[];
  /** Those that failed and block. */
  readonly blocking: readonly Finding[];
}

async function check(started: TestCluster = cluster): Promise<Checked> {
  const argv = ["check", "pre", "--name", started.name, "--output", "json"];
  const { code, stdout } = await runCli(argv, { env: { EVENKEEL_HOME: started.home } });
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return { code, findings, blocking: findings.filter((one) => one.status === "fail" && one.severity === "block") };
}

/** Runs the check until it has this finding; the seed of some faults takes effect only after the node timeout. */
async function untilFound(id: string, evidence: RegExp, seconds = 5, again?: () => Promise<unknown>): Promise<Checked> {
  return until(`finding ${id} with ${evidence.source}`, seconds, async () => {
    await again?.();
    const checked = await check();
    if (checked.blocking.some((one) => one.id === id && evidence.test(one.evidence))) return checked;
    throw new Error(checked.blocking.map((one) => `${one.id}: ${one.evidence}`).join("; ") || "nothing blocks");
  });
}

const ids = (findings: readonly Finding[]): readonly string[] => [...new Set(findings.map(({ id }) => id))];
const at = (node: { readonly address: string }): RegExp =>
  new RegExp(`${node.address.replaceAll(".", String.raw`\.`)}:6379`);

interface Shard {
  readonly primary: TopologyNode;
  readonly replica: TopologyNode;
}

/** The shards, in the order of their slots. */
async function shards(): Promise<readonly Shard[]> {
  const { shards: found } = await cluster.topology();
  return found.map(({ primary, replicas: [replica] }) => {
    if (!replica) throw new Error(`${primary.address} has no replica`);
    return { primary, replica };
  });
}

async function shard(index: number): Promise<Shard> {
  const found = (await shards())[index];
  if (!found) throw new Error(`no shard ${index}`);
  return found;
}

async function podAt({ address }: { readonly address: string }): Promise<string> {
  return (await cluster.pods()).find((pod) => pod.address === address)?.name ?? "";
}

async function stopPod(pod: string): Promise<void> {
  await cluster.platform.stop(pod);
  await until(`${pod} to be stopped`, 20, async () =>
    (await cluster.pods()).find((one) => one.name === pod && one.phase === "stopped"),
  );
}

async function call(
  node: { readonly address: string },
  command: readonly (string | number)[],
  password?: string,
): Promise<unknown> {
  const connection = await connectNode({ address: node.address, port: 6379, password });
  try {
    return await connection.call(...command);
  } finally {
    connection.close();
  }
}

async function callAll(...command: readonly (string | number)[]): Promise<void> {
  for (const pod of await cluster.pods()) await call(pod, command);
}

/** The fault is gone: the same check again, and nothing blocks. */
async function untilHealthy(seconds: number): Promise<void> {
  await untilReady(cluster, seconds);
  await until("nothing to block", seconds, async () => {
    const { code, blocking } = await check();
    if (code === 0) return true;
    throw new Error(blocking.map((one) => `${one.id}: ${one.evidence}`).join("; "));
  });
}

beforeAll(async () => {
  cluster = await startTestCluster({
    nodeTimeoutMs: NODE_TIMEOUT_MS,
    hosts: ["host-0", "host-1", "host-2"],
    // Only to seed a fault that lasts: the bus of one node can be made deaf.
    serverConfig: ["enable-debug-command yes"],
  });
});
afterAll(async () => {
  await cluster?.destroy();
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  await untilHealthy(30);
});

describe("check pre of a healthy cluster", () => {
  it("blocks nothing and ends with exit code 0", async () => {
    const { code, blocking, findings } = await check();
    expect(blocking).toEqual([]);
    expect(code).toBe(0);
    // All of them looked: a check that is silent because it had nothing to look at proves nothing.
    expect(ids(findings)).toEqual(
      expect.arrayContaining(["slots.covered", "placement.shard", "disk.room", "save.last", "config.node-timeout"]),
    );
  });
});

describe("check pre finds, with exit code 3", () => {
  it("a slot that nobody owns, by its number", async () => {
    const { primary } = await shard(0);
    undo.push(() => call(primary, ["CLUSTER", "ADDSLOTS", SLOT]));
    const seed = async (): Promise<void> => {
      await call(primary, ["CLUSTER", "DELSLOTS", SLOT]).catch(() => undefined);
      for (const pod of await cluster.pods())
        await call(pod, ["CLUSTER", "DELSLOTS", SLOT]).catch(() => "it has none already");
    };
    const { code } = await untilFound("slots.covered", /1 of 16384 slots have no owner: 100$/, 5, seed);
    expect(code).toBe(3);
  });

  it("a slot that is open, at both of its nodes", async () => {
    const [from, to] = [(await shard(0)).primary, (await shard(1)).primary];
    for (const node of [from, to]) undo.push(() => call(node, ["CLUSTER", "SETSLOT", SLOT, "STABLE"]));
    await call(to, ["CLUSTER", "SETSLOT", SLOT, "IMPORTING", from.id]);
    await call(from, ["CLUSTER", "SETSLOT", SLOT, "MIGRATING", to.id]);
    const { code, blocking } = await check();
    expect(code).toBe(3);
    expect(blocking).toMatchObject([
      { id: "slots.open", evidence: `slot 100 is migrating at ${from.address}:6379 (to ${to.id})` },
      { id: "slots.open", evidence: `slot 100 is importing at ${to.address}:6379 (from ${from.id})` },
    ]);
  });

  it("a replica whose link to its primary is down", async () => {
    const { primary, replica } = await shard(0);
    undo.push(() => call(replica, ["CONFIG", "SET", "masterauth", ""]));
    await call(replica, ["CONFIG", "SET", "masterauth", "wrong"]);
    await call(primary, ["CLIENT", "KILL", "TYPE", "replica"]);
    const { code, blocking } = await untilFound("replica.link", at(replica));
    expect(code).toBe(3);
    expect(blocking.find(({ id }) => id === "replica.link")?.subject).toBe(`${replica.address}:6379`);
  });

  it("two views that disagree, and who says what", async () => {
    // Of another owner with a lower epoch, so that the true owner's next word puts it right again.
    const byEpoch = (await shards()).map(({ primary }) => primary).toSorted((a, b) => a.configEpoch - b.configEpoch);
    const [lower, , owner] = byEpoch;
    const slot = owner?.slots[0]?.start ?? 0;
    const liar = byEpoch[1] ?? { address: "" };
    const seed = (): Promise<unknown> => call(liar, ["CLUSTER", "SETSLOT", slot, "NODE", lower?.id ?? ""]);
    const { code, blocking } = await untilFound("views.agree", at(liar), 5, seed);
    expect(code).toBe(3);
    expect(blocking.some(({ id, evidence }) => id === "views.agree" && evidence.startsWith("slots of "))).toBe(true);
  });

  it("a node that others flag as failed", async () => {
    const { replica } = await shard(1);
    const pid = cluster.processes(await podAt(replica)).server?.pid ?? 0;
    undo.push(async () => process.kill(pid, "SIGCONT"));
    process.kill(pid, "SIGSTOP");
    await sleep(NODE_TIMEOUT_MS);
    const { code } = await untilFound("node.failed", new RegExp(`^${at(replica).source} is flagged fail by`), 10);
    expect(code).toBe(3);
  });

  it("a replica on the host of its primary, where a better place is possible", async () => {
    const hostOf = new Map((await cluster.pods()).map((pod) => [pod.address, pod.placement.host]));
    const all = await shards();
    const moved = all[0];
    const target = all.find((one) => hostOf.get(one.primary.address) === hostOf.get(moved?.replica.address ?? ""));
    if (!moved || !target) throw new Error("three hosts hold a primary and a replica each");
    for (const { primary, replica } of [moved, target])
      undo.push(() => call(replica, ["CLUSTER", "REPLICATE", primary.id]));
    // Both replicas change places, so that no primary is without one.
    await call(moved.replica, ["CLUSTER", "REPLICATE", target.primary.id]);
    await call(target.replica, ["CLUSTER", "REPLICATE", moved.primary.id]);
    const host = hostOf.get(moved.replica.address);
    const { code } = await untilFound(
      "placement.shard",
      new RegExp(`${at(moved.replica).source} is on host ${host}, as is its primary ${at(target.primary).source}`),
    );
    expect(code).toBe(3);
  });

  it("a snapshot that failed", async () => {
    const { replica } = await shard(2);
    const file = join(cluster.volume(await podAt(replica)), "dump.rdb");
    undo.push(async () => {
      rmdirSync(file);
      await call(replica, ["BGSAVE", "SCHEDULE"]);
    });
    rmSync(file, { force: true });
    // The engine writes beside it and renames: onto a folder it cannot.
    mkdirSync(file);
    await call(replica, ["BGSAVE", "SCHEDULE"]);
    const { code, blocking } = await untilFound("save.last", at(replica));
    expect(code).toBe(3);
    expect(ids(blocking)).toEqual(["save.last"]);
  });

  it("a replica that knows an old epoch of its primary", async () => {
    const all = await shards();
    const newest = Math.max(...all.map(({ primary }) => primary.configEpoch));
    const { primary, replica } = all.find((one) => one.primary.configEpoch < newest) ?? (await shard(0));
    // Deaf on the bus, and nobody to be flagged for it while the test looks.
    undo.push(() => callAll("CONFIG", "SET", "cluster-node-timeout", NODE_TIMEOUT_MS));
    undo.push(() => call(replica, ["DEBUG", "DROP-CLUSTER-PACKET-FILTER", -1]));
    await callAll("CONFIG", "SET", "cluster-node-timeout", 30_000);
    await call(replica, ["DEBUG", "DROP-CLUSTER-PACKET-FILTER", -2]);
    expect(await call(primary, ["CLUSTER", "BUMPEPOCH"])).toMatch(/^BUMPED/);
    const { code, blocking } = await check();
    expect(code).toBe(3);
    expect(blocking.find(({ id }) => id === "epoch.replica")).toMatchObject({
      subject: `${replica.address}:6379`,
      evidence: expect.stringContaining(`shows epoch ${primary.configEpoch}; its primary ${primary.address}:6379`),
    });
  });

  it("a node timeout that differs, and where", async () => {
    const { primary } = await shard(1);
    undo.push(() => call(primary, ["CONFIG", "SET", "cluster-node-timeout", NODE_TIMEOUT_MS]));
    await call(primary, ["CONFIG", "SET", "cluster-node-timeout", 2000]);
    const { code, blocking } = await check();
    expect(code).toBe(3);
    expect(ids(blocking)).toEqual(["config.node-timeout"]);
    expect(blocking[0]?.evidence).toContain(`2000 on ${primary.address}:6379`);
  });

  it("a node with another password, once and as what it is", async () => {
    const { replica } = await shard(1);
    undo.push(() => call(replica, ["CONFIG", "SET", "requirepass", ""], "other"));
    await call(replica, ["CONFIG", "SET", "requirepass", "other"]);
    const { code, blocking } = await check();
    expect(code).toBe(3);
    expect(blocking.filter(({ id }) => id.startsWith("node."))).toMatchObject([
      { id: "node.auth", subject: `${replica.address}:6379` },
    ]);
  });

  it("a primary whose only replica is gone", async () => {
    const { primary, replica } = await shard(0);
    const pod = await podAt(replica);
    undo.push(() => cluster.platform.start(pod));
    await stopPod(pod);
    const { code, blocking } = await check();
    expect(code).toBe(3);
    expect(blocking.find(({ id }) => id === "shard.replica")).toMatchObject({
      subject: `${primary.address}:6379`,
      evidence: `the primary ${primary.address}:6379 has no replica that answers`,
    });
  });

  it.skipIf(process.getuid?.() !== 0)("a full disk (needs root, to mount a small file system)", async (test) => {
    const { replica } = await shard(2);
    const pod = await podAt(replica);
    const volume = cluster.volume(pod);
    const data = mkdtempSync(join(tmpdir(), "evenkeel-volume-"));
    undo.push(async () => rmSync(data, { recursive: true }));
    undo.push(() => cluster.platform.start(pod));
    await stopPod(pod);
    cpSync(volume, data, { recursive: true });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "evenkeel-test", volume], { stdio: "pipe" });
    } catch (error) {
      test.skip(`root may not mount here: ${String(error)}`);
    }
    undo.push(async () => {
      await stopPod(pod);
      execFileSync("umount", [volume]);
    });
    cpSync(data, volume, { recursive: true });
    await cluster.platform.start(pod);
    await untilHealthy(30);

    const { bavail, bsize } = statfsSync(volume);
    writeFileSync(join(volume, "filler"), Buffer.alloc(bavail * bsize - 64 * 1024));
    undo.push(async () => rmSync(join(volume, "filler")));
    const { code, blocking } = await check();
    expect(code).toBe(3);
    expect(blocking).toMatchObject([
      {
        id: "disk.room",
        subject: `${replica.address}:6379`,
        evidence: expect.stringMatching(/: 0\.1 MB free, .* MB needed/),
      },
    ]);
  });
});
