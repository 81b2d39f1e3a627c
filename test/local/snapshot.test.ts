import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEngineSpec } from "../../src/cluster/engines.js";
import { downCluster } from "../../src/platforms/local/down-cluster.js";
import { createCluster } from "../../src/platforms/local/create-cluster.js";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import { localPlatform } from "../../src/platforms/local/local-platform.js";
import { loadSnapshot } from "../../src/platforms/local/snapshots/load-snapshot.js";
import { readKeyCount } from "../../src/platforms/local/snapshots/read-key-count.js";
import { takeSnapshot } from "../../src/platforms/local/snapshots/take-snapshot.js";
import { clusterPaths, podPaths } from "../../src/platforms/local/state-paths.js";
import { startThrowaway } from "../../src/platforms/local/throwaway/start-throwaway.js";
import { upCluster } from "../../src/platforms/local/up-cluster.js";
import type { Snapshot } from "../../src/ports/platform.js";
import { observeAll } from "../../src/redis/observe-all.js";
import { primaries, shardsInOrder, startTestCluster, type TestCluster, until } from "./support/test-cluster.js";

const KEYS = 3000;
/** Neither key nor value is UTF-8, and the braces name a part of it for the slot. */
const BINARY_KEY = Buffer.from([0x00, 0xff, 0x7b, 0xc3, 0x28, 0x7d, 0x0d, 0x0a]);
const BINARY_VALUE = Buffer.from([0xfe, 0x00, 0x0a, 0xed, 0xa0, 0x80]);
const LIBRARY = "#!lua name=greet\nredis.register_function('hello', function() return 'hi' end)";
const EXPIRES_AT_MS = Date.now() + 3_600_000;

const engineOf = (spec: string) => resolveEngine(parseEngineSpec(spec), { env: process.env });

async function withClient<T>(
  nodes: readonly { readonly address: string; readonly port: number }[],
  work: (client: Cluster) => Promise<T>,
  password?: string,
): Promise<T> {
  const client = new Cluster(
    nodes.map(({ address: host, port }) => ({ host, port })),
    password === undefined ? {} : { redisOptions: { password } },
  );
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

async function fill(client: Cluster): Promise<void> {
  const wishes = Array.from({ length: KEYS }, (_, index) => client.set(`key:${index}`, `value ${index}`));
  await Promise.all(wishes);
  await client.set(BINARY_KEY, BINARY_VALUE);
  await client.rpush("list", "a", "b", "c");
  await client.hset("hash", { one: "1", two: "2" });
  await client.zadd("sorted", "1.5", "x", "-3", "y");
  await client.xadd("stream", "1-1", "field", "value");
  await client.set("late", "soon gone", "PXAT", EXPIRES_AT_MS);
  await client.set("short", "gone before it is restored", "PX", 50);
}

/** Everything that `fill` wrote, read back as a client sees it. */
async function readAll(client: Cluster): Promise<Record<string, unknown>> {
  const values = await Promise.all(Array.from({ length: KEYS }, (_, index) => client.get(`key:${index}`)));
  return {
    right: values.filter((value, index) => value === `value ${index}`).length,
    binary: (await client.getBuffer(BINARY_KEY))?.equals(BINARY_VALUE),
    list: await client.lrange("list", 0, -1),
    hash: await client.hgetall("hash"),
    sorted: await client.zrange("sorted", "0", "-1", "WITHSCORES"),
    stream: await client.xrange("stream", "-", "+"),
    late: await client.get("late"),
    lateExpiresAtMs: await client.pexpiretime("late"),
    short: await client.get("short"),
  };
}

const ALL = {
  right: KEYS,
  binary: true,
  list: ["a", "b", "c"],
  hash: { one: "1", two: "2" },
  sorted: ["y", "-3", "x", "1.5"],
  stream: [["1-1", ["field", "value"]]],
  late: "soon gone",
  lateExpiresAtMs: EXPIRES_AT_MS,
  short: null,
};

let cluster: TestCluster;

async function shardsOf(one: TestCluster): Promise<{ pod: string; slots: Snapshot["slots"] }[]> {
  const topology = await one.topology();
  const pods = await one.pods();
  return shardsInOrder(topology)
    .filter((shard) => shard.slots.length > 0)
    .map(({ primary, slots }) => ({
      pod: pods.find(({ address }) => address === primary.address)?.name ?? "",
      slots,
    }));
}

async function takeSet(one: TestCluster, set: string): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for (const [shard, { pod, slots }] of (await shardsOf(one)).entries()) {
    snapshots.push(await one.platform.snapshot({ set, shard, pod, slots }));
  }
  return snapshots;
}

/** The command line of this package, with a home of its own. */
async function evenkeel(home: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = fileURLToPath(new URL("../../bin/evenkeel.js", import.meta.url));
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], {
      env: { ...process.env, EVENKEEL_HOME: home },
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

beforeAll(async () => {
  cluster = await startTestCluster({ engine: "redis@7.0" });
  await withClient(await addresses(cluster), fill);
  for (const pod of await primaries(cluster)) await cluster.call(pod, "FUNCTION", "LOAD", LIBRARY);
});
afterAll(() => cluster?.destroy());

const addresses = async (one: TestCluster) => (await one.pods()).map(({ address, port }) => ({ address, port }));

describe("a snapshot", () => {
  it("holds every key of every shard, is listed oldest first, and disturbs no pod", async () => {
    const before = (await cluster.pods()).map(({ uid, containerRestarts }) => ({ uid, containerRestarts }));
    const snapshots = await takeSet(cluster, "first");
    // The key that expires at once is in the file or not, as the moment of the fork had it.
    const keys = snapshots.reduce((sum, snapshot) => sum + snapshot.keys, 0);
    expect([KEYS + 6, KEYS + 7]).toContain(keys);
    expect(snapshots[0]).toMatchObject({ shard: 0, template: { engine: "redis", version: "7.0.15" } });
    expect(snapshots.map(({ bytes, place }) => readFileSync(place).length - bytes)).toEqual([0, 0, 0]);
    expect(await cluster.platform.snapshots()).toEqual(snapshots);
    expect((await cluster.pods()).map(({ uid, containerRestarts }) => ({ uid, containerRestarts }))).toEqual(before);
    expect(existsSync(clusterPaths(cluster.home, "rc").trialsDir)).toBe(true);
    expect(readdirSync(clusterPaths(cluster.home, "rc").trialsDir)).toEqual([]);
  });

  it("is taken again under the same name in place of the former one", async () => {
    const [shard] = await shardsOf(cluster);
    if (!shard) throw new Error("no shard");
    const one = await cluster.platform.snapshot({ set: "again", shard: 0, ...shard });
    const two = await cluster.platform.snapshot({ set: "again", shard: 0, ...shard });
    const listed = (await cluster.platform.snapshots()).filter(({ set }) => set === "again");
    expect(listed).toEqual([two]);
    expect(two.id > one.id).toBe(true);
  });

  it("is refused, with what it needs and what there is, when the disk has no room; the server is not asked", async () => {
    const [shard] = await shardsOf(cluster);
    const status = cluster.processes(shard?.pod ?? "");
    const paths = clusterPaths(cluster.home, "rc");
    const saves = await cluster.call(status.pod, "INFO", "persistence");
    const taking = takeSnapshot(
      { set: "full", shard: 0, pod: status.pod, slots: shard?.slots ?? [] },
      { ...status, ...paths, volume: cluster.volume(status.pod), password: undefined, freeBytes: () => 1000 },
    );
    await expect(taking).rejects.toMatchObject({
      code: "DISK_FULL",
      exitCode: 3,
      details: { hasBytes: 1000, needsBytes: expect.any(Number) },
    });
    const count = /rdb_saves:\d+/u;
    expect(count.exec(String(await cluster.call(status.pod, "INFO", "persistence")))?.[0]).toBe(
      count.exec(String(saves))?.[0],
    );
    expect((await cluster.platform.snapshots()).some(({ set }) => set === "full")).toBe(false);
  });

  it.each(["redis@7.0", "redis@8.0.2", "redis@8.0.6", "valkey@8.0", "valkey@8.1", "valkey@9"])(
    "of %s says in its head how many keys it has, also those that expire before it is loaded",
    async (spec) => {
      const engine = await engineOf(spec);
      const folder = mkdtempSync(join(tmpdir(), "evenkeel-head-"));
      const options = { trialsDir: join(folder, "trials") };
      const server = await startThrowaway(engine, {
        ...options,
        config: () => [
          `dir "${folder}"`,
          "cluster-enabled yes",
          `cluster-config-file "${folder}/nodes.conf"`,
          'save ""',
          "bind 127.73.4.1",
          "cluster-port 18231",
        ],
        answerWithinMs: 5000,
      });
      if ("reason" in server) throw new Error(server.reason);
      try {
        const { connection } = server;
        await connection.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
        await until(
          "the server to serve",
          10,
          async () => String(await connection.call("SET", "first", "1").catch(() => "")) === "OK",
        );
        await connection.call("FUNCTION", "LOAD", LIBRARY);
        await connection.pipeline(Array.from({ length: 700 }, (_, index) => ["SET", `k${index}`, "v".repeat(index)]));
        await connection.pipeline([["SET", "brief", "1", "PX", 60], ["SAVE"]]);
      } finally {
        await server.end();
      }
      const path = join(folder, "dump.rdb");
      expect(readKeyCount(path)).toBe(702);
      await sleep(100);
      const loaded = await loadSnapshot(path, engine, options);
      expect(loaded).toMatchObject({ keys: 702, databases: 1 });
      expect(await loaded.server.connection.call("DBSIZE")).toBe(701);
      await loaded.server.end();
      rmSync(folder, { recursive: true });
    },
  );

  it("that is cut off is never taken for one: its own engine says why it cannot be loaded", async () => {
    const [first] = await takeSet(cluster, "cut");
    if (!first) throw new Error("no snapshot");
    truncateSync(first.place, first.bytes - 200);
    const options = { trialsDir: clusterPaths(cluster.home, "rc").trialsDir };
    await expect(loadSnapshot(first.place, await engineOf("redis@7.0"), options)).rejects.toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: expect.stringMatching(/short read|unexpected eof|rdb/iu),
    });
    rmSync(join(clusterPaths(cluster.home, "rc").snapshotsDir, "cut"), { recursive: true });
  });
});

describe("restore", () => {
  it("brings a set into an empty cluster with other shards, a newer engine and a password, and leaves a full one alone", async () => {
    const set = "move";
    await takeSet(cluster, set);
    const { home } = cluster;
    const passwordFile = join(home, "password");
    writeFileSync(passwordFile, "s3cret with spaces\n", { mode: 0o600 });
    const { engine, version, server } = await engineOf("redis@8.0");
    try {
      await upCluster({ home, name: "to", engine: { engine, version, server }, shards: 5, replicas: 0, passwordFile });
      const target = localPlatform({
        home,
        name: "to",
        resolve: (template) => resolveEngine(template, { env: process.env }),
      });
      const nodes = await until("the new cluster to be ready", 40, async () => {
        const pods = await target.pods();
        return pods.every(({ ready }) => ready) && pods.map(({ address, port }) => ({ address, port }));
      });
      const restore = ["restore", set, "--from", "rc", "--name", "to", "--output", "json", "--quiet"];

      const planned = await evenkeel(home, ...restore);
      expect(planned).toMatchObject({ code: 0 });
      expect(JSON.parse(planned.stdout)).toMatchObject({ result: "planned", shards: 5, from: "redis@7.0.15" });
      expect(
        (await observeAll(nodes.map((node) => ({ ...node, password: "s3cret with spaces" })))).views.map(
          (view) => view.server.keys,
        ),
      ).toEqual([0, 0, 0, 0, 0]);

      const done = await evenkeel(home, ...restore, "--execute");
      expect(done).toMatchObject({ code: 0 });
      expect(JSON.parse(done.stdout)).toMatchObject({ result: "restored", restored: KEYS + 6, functions: 1 });
      expect(await withClient(nodes, readAll, "s3cret with spaces")).toEqual(ALL);
      expect(await withClient(nodes, (client) => client.fcall("hello", 1, "any"), "s3cret with spaces")).toBe("hi");

      const again = await evenkeel(home, ...restore, "--execute");
      expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining(`holds ${KEYS + 6} keys`) });
    } finally {
      await downCluster({ home, name: "to", purge: true });
    }
  });

  it("refuses a set that is not whole, and one that is not there", async () => {
    const [shard] = await shardsOf(cluster);
    if (!shard) throw new Error("no shard");
    await cluster.platform.snapshot({ set: "part", shard: 0, ...shard });
    const part = await evenkeel(cluster.home, "restore", "part", "--name", "rc");
    expect(part).toMatchObject({ code: 3, stderr: expect.stringContaining("only the slots 0-5460") });
    expect(await evenkeel(cluster.home, "restore", "none", "--name", "rc")).toMatchObject({ code: 3 });
  });

  it("is told apart in the list of snapshots", async () => {
    const { stdout } = await evenkeel(cluster.home, "snapshots", "--name", "rc");
    expect(stdout).toMatch(/^set +shard +slots +engine +taken at +keys +size +file\n/u);
    expect(stdout).toContain("first      0  0-5460");
  });
});

describe("a configuration that is tried", () => {
  let home: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "evenkeel-try-test-"));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  /** A cluster that was never started: trying needs none of its pods. */
  async function platformWith(name: string, serverConfig: readonly string[]) {
    const { engine, version, server } = await engineOf("redis@7.0");
    const passwordFile = join(home, "password");
    writeFileSync(passwordFile, "hidden-word\n");
    await createCluster(
      { home, name, engine: { engine, version, server }, serverConfig, passwordFile },
      { agentProgram: "/agent.mjs", tryBind: async () => "free" },
    );
    return localPlatform({ home, name, resolve: (template) => resolveEngine(template, { env: process.env }) });
  }

  it.each(["redis@8.0", "valkey@8.1", "valkey@9"])(
    "is accepted by %s, and no process or file is left",
    async (spec) => {
      const platform = await platformWith(spec.replace("@", "-").replace(".", "-"), ["maxmemory 200mb", "port 1234"]);
      const { engine, version } = await engineOf(spec);
      expect(await platform.tryConfiguration({ engine, version })).toEqual({ accepted: true, reason: "" });
      const paths = clusterPaths(home, spec.replace("@", "-").replace(".", "-"));
      expect(readdirSync(paths.trialsDir)).toEqual([]);
      expect(readdirSync(podPaths(paths, `${spec.replace("@", "-").replace(".", "-")}-0`).volume)).toEqual([]);
    },
  );

  it("is refused in the engine's own words, without the password", async () => {
    const platform = await platformWith("bad", ["hide-user-data-from-log yes", "requirepass hidden-word extra"]);
    const { engine, version } = await engineOf("redis@7.0");
    const { accepted, reason } = await platform.tryConfiguration({ engine, version });
    expect(accepted).toBe(false);
    expect(reason).toContain("hide-user-data-from-log yes");
    expect(reason).toContain("Bad directive or wrong number of arguments");
    expect(reason).not.toContain("hidden-word");
  });
});
