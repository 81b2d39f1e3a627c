import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import type { RunningWitness, WitnessReport } from "../../src/ports/witness.js";
import { startWitness } from "../../src/witness/start-witness.js";
import type { WitnessConfigInput } from "../../src/witness/witness-config.js";

const run = promisify(execFile);
const PORT = 6379;
const ADDRESSES = [1, 2, 3, 4, 5, 6].map((host) => `127.91.21.${host}`);
const SEEDS = ADDRESSES.slice(0, 2).map((address) => ({ address, port: PORT }));

let folder: string;
let engine: Awaited<ReturnType<typeof resolveEngine>>;
/** Address -> process id of its server. */
const servers = new Map<string, number>();
let direct: Cluster;

async function startServer(address: string): Promise<void> {
  const [program = "", ...args] = engine.server;
  const options: readonly (readonly string[])[] = [
    ["--bind", address, "--bind-source-addr", address, "--port", String(PORT), "--protected-mode", "no"],
    ["--cluster-enabled", "yes", "--cluster-node-timeout", "5000", "--cluster-config-file", `${address}.conf`],
    ["--dir", folder, "--save", "", "--dbfilename", `${address}.rdb`, "--logfile", `${address}.log`],
  ];
  const child = spawn(program, [...args, ...options.flat()], { stdio: "ignore" });
  if (child.pid === undefined) throw new Error(`no server on ${address}`);
  servers.set(address, child.pid);
}

/** Talks to one node. */
async function withNode<T>(address: string, use: (node: Redis) => Promise<T>): Promise<T> {
  const node = new Redis(PORT, address);
  // While a server starts, connects are refused; ioredis tries again.
  node.on("error", () => undefined);
  try {
    return await use(node);
  } finally {
    node.disconnect();
  }
}

async function waitFor(what: string, check: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > endMs) throw new Error(`waited in vain for: ${what}`);
    await sleep(20);
  }
}

/** Everyone sees six connected nodes, three of them as replicas with their link up. */
async function settled(): Promise<boolean> {
  const views = await Promise.all(
    ADDRESSES.map((address) =>
      withNode(address, async (node) => ({
        info: String(await node.call("CLUSTER", "INFO")),
        nodes: String(await node.call("CLUSTER", "NODES")),
        role: await node.role(),
      })),
    ),
  );
  return views.every(
    ({ info, nodes, role }) =>
      info.includes("cluster_state:ok") &&
      info.includes("cluster_known_nodes:6") &&
      nodes.match(/ slave [\da-f]{40} /g) !== null &&
      nodes.match(/\bslave\b/g)?.length === 3 &&
      !/fail|handshake|disconnected/.test(nodes) &&
      (role[0] === "master" || role[3] === "connected"),
  );
}

function load(config: Partial<WitnessConfigInput> & { run: string }): Promise<RunningWitness> {
  const input: WitnessConfigInput = {
    seeds: SEEDS,
    rate: 2000,
    clients: ["ioredis", "node-redis", "iovalkey"],
    idleSeconds: 2,
    ...config,
  };
  return startWitness(input, { folder });
}

/** Keys of a run that are still stored. */
async function keysOf(name: string): Promise<string[]> {
  const lists = await Promise.all(direct.nodes("master").map((node) => node.keys(`evenkeel:witness:${name}:*`)));
  return lists.flat();
}

async function processesOf(text: string): Promise<number[]> {
  const { stdout } = await run("ps", ["-eo", "pid=,args="], { maxBuffer: 1 << 24 });
  const lines = stdout.split("\n").filter((line) => line.includes(text) && line.includes("main.js --config"));
  return lines.map((line) => Number.parseInt(line, 10));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "evenkeel-witness-"));
  engine = await resolveEngine({ engine: "redis", version: "7.0" }, { env: process.env });
  for (const address of ADDRESSES) await startServer(address);
  for (const address of ADDRESSES) await withNode(address, (node) => node.ping());
  const [program = "", ...args] = engine.cli;
  const nodes = ADDRESSES.map((address) => `${address}:${PORT}`);
  await run(program, [...args, "--cluster", "create", ...nodes, "--cluster-replicas", "1", "--cluster-yes"]);
  await waitFor("a formed cluster", settled);
  direct = new Cluster(SEEDS.map(({ address, port }) => ({ host: address, port })));
  await waitFor("a direct client", async () => direct.nodes("master").length === 3);
});

afterAll(async () => {
  direct?.disconnect();
  for (const pid of servers.values()) process.kill(pid, "SIGKILL");
  await sleep(200);
  await rm(folder, { recursive: true, force: true });
});

/** What was due in its own last delay is not sent any more; it is told as `selfLagMs`. */
const surelySent = ({ seconds, selfLagMs }: WitnessReport): number => 2000 * (seconds - selfLagMs / 1000) * 0.98;

describe("the witness on a steady cluster", () => {
  it("sends at the asked rate, finds nothing wrong, and removes its keys when told to", async () => {
    const witness = await load({ run: "steady", forSeconds: 5, cleanup: true });
    const report = await witness.ended;

    expect(report).toMatchObject({ failed: 0, lost: 0, doubled: 0, errors: {}, lostKeys: [], doubledKeys: [] });
    expect(Object.keys(report.clients)).toEqual(["ioredis", "node-redis", "iovalkey", "ioredis-idle"]);
    expect(report.commands).toBeGreaterThan(surelySent(report));
    expect(report.commands).toBeLessThan(2000 * report.seconds * 1.02);
    expect(report.clients["ioredis-idle"]?.commands).toBe(3);
    const windows = witness.windows();
    // One begins where the other ended, so that nothing is between them; on a busy machine they are longer, and fewer.
    expect(windows.length).toBeGreaterThan(5);
    for (const [n, { atMs, durationMs }] of windows.slice(0, -1).entries())
      expect(windows[n + 1]?.atMs).toBeCloseTo(atMs + durationMs, 0);
    expect(windows.reduce((total, window) => total + window.commands, 0)).toBe(report.commands);
    expect(await keysOf("steady")).toEqual([]);
  });

  it("gives its keys the time to live that was asked for", async () => {
    const witness = await load({ run: "ttl", rate: 500, clients: ["node-redis"], forSeconds: 2, ttlSeconds: 3600 });
    const report = await witness.ended;

    expect(report).toMatchObject({ failed: 0, lost: 0, doubled: 0 });
    const keys = await keysOf("ttl");
    // 500 INCR keys of the load, 64 SET keys, one or two of the idle client.
    expect(keys.length).toBeGreaterThan(555);
    const times = await Promise.all(keys.map((key) => direct.ttl(key)));
    expect(Math.min(...times)).toBeGreaterThan(3500);
  });
});

describe("the witness sees", () => {
  it("every acknowledged write that is gone, and only these", async () => {
    // So slowly that no SET key is written again between the harm and the end of the load.
    const witness = await load({ run: "lost", rate: 60, clients: ["ioredis"], idleSeconds: 0 });
    const prefix = "evenkeel:witness:lost:ioredis";
    await waitFor("the second SET of a key", async () => (await direct.get(`${prefix}:s:0`)) === "2");
    await direct.set(`${prefix}:s:0`, "1");
    const gone = [3, 10, 11, 12, 40].map((index) => `${prefix}:i:${index}`);
    for (const key of gone) expect(await direct.del(key)).toBe(1);
    const report = await witness.finish();

    expect(report.lostKeys.toSorted()).toEqual([...gone, `${prefix}:s:0`].toSorted());
    expect(report).toMatchObject({ failed: 0, lost: 6, doubled: 0 });
    expect(report.clients["ioredis"]).toMatchObject({ lost: 6, doubled: 0 });
  });

  it("every write that was applied twice, before or after its acknowledgement", async () => {
    const prefix = "evenkeel:witness:doubled:iovalkey";
    // As if a write had been applied and sent once more: the witness's own INCR then answers 2.
    await direct.incr(`${prefix}:i:50`);
    const witness = await load({ run: "doubled", rate: 200, clients: ["iovalkey"] });
    await waitFor("the INCR of key 60", async () => (await direct.get(`${prefix}:i:60`)) === "1");
    await direct.incr(`${prefix}:i:7`);
    await direct.incr(`${prefix}:i:8`);
    const report = await witness.finish();

    expect(new Set(report.doubledKeys)).toEqual(new Set([7, 8, 50].map((index) => `${prefix}:i:${index}`)));
    expect(report).toMatchObject({ failed: 0, lost: 0, doubled: 3 });
  });

  it("a primary that stands still, at its full length, and does not take it for its own delay", async () => {
    const witness = await load({ run: "stall" });
    const role = await withNode(ADDRESSES[0] ?? "", (node) => node.role());
    expect(role[0]).toBe("master");
    const pid = servers.get(ADDRESSES[0] ?? "") ?? 0;
    await sleep(500);
    process.kill(pid, "SIGSTOP");
    await sleep(700);
    process.kill(pid, "SIGCONT");
    await sleep(500);
    const report = await witness.finish();

    expect(report).toMatchObject({ failed: 0, lost: 0, doubled: 0 });
    expect(report.longestStallMs).toBeGreaterThanOrEqual(600);
    expect(report.longestStallMs).toBeLessThan(2500);
    expect(report.selfLagMs).toBeLessThan(report.longestStallMs / 2);
    const pending = witness.windows().map(({ oldestPendingMs }) => oldestPendingMs);
    expect(Math.max(...pending)).toBeGreaterThan(300);
  });
});

describe("the witness lives through", () => {
  it("a failover, and with ioredis and iovalkey not one command fails", async () => {
    await waitFor("a settled cluster", settled);
    const witness = await load({ run: "failover", clients: ["ioredis", "iovalkey"] });
    await sleep(500);
    const replica = await replicaOf(ADDRESSES[1] ?? "");
    await withNode(replica, (node) => node.call("CLUSTER", "FAILOVER"));
    await waitFor("the promotion", async () => (await withNode(replica, (node) => node.role()))[0] === "master");
    await sleep(1000);
    const report = await witness.finish();

    expect(report).toMatchObject({ failed: 0, lost: 0, doubled: 0, errors: {} });
    expect(report.commands).toBeGreaterThan(2000);
  });

  it("the restart of a replica that was one of its seeds", async () => {
    await waitFor("a settled cluster", settled);
    const address = await replicaOf(ADDRESSES[0] ?? "");
    const witness = await load({ run: "restart", seeds: [{ address, port: PORT }] });
    await sleep(300);
    process.kill(servers.get(address) ?? 0, "SIGTERM");
    await sleep(500);
    await startServer(address);
    await waitFor("a settled cluster", settled);
    const report = await witness.finish();

    expect(report).toMatchObject({ failed: 0, lost: 0, doubled: 0, errors: {} });
  });
});

/** The replica of a primary, by the primary's own word. */
async function replicaOf(primary: string): Promise<string> {
  const nodes = String(await withNode(primary, (node) => node.call("CLUSTER", "NODES")));
  const lines = nodes.split("\n");
  const id = lines.find((line) => line.includes("myself"))?.split(" ")[0] ?? "none";
  const replica = lines.find((line) => line.includes(`slave ${id}`));
  return /[\d.]+(?=:)/.exec(replica?.split(" ")[1] ?? "")?.[0] ?? "";
}

describe("the witness's process", () => {
  it("is gone soon after its parent was killed", async () => {
    const place = await mkdtemp(path.join(folder, "orphan-"));
    const config = { seeds: SEEDS, rate: 100, clients: ["ioredis"], run: "orphan" };
    const entry = new URL("../../dist/witness/start-witness.js", import.meta.url).href;
    const script = `const { startWitness } = await import(${JSON.stringify(entry)});
      await startWitness(${JSON.stringify(config)}, { folder: ${JSON.stringify(place)} });
      console.log("started");`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(parent.stdout, "data");
    expect(await processesOf(place)).toHaveLength(1);
    parent.kill("SIGKILL");
    await waitFor("the end of the orphan", async () => (await processesOf(place)).length === 0, 3000);
  });

  it("is missed at once when it dies", async () => {
    const place = await mkdtemp(path.join(folder, "dead-"));
    const config: WitnessConfigInput = { seeds: SEEDS, rate: 100, clients: ["ioredis"], run: "dead" };
    const witness = await startWitness(config, { folder: place });
    for (const pid of await processesOf(place)) process.kill(pid, "SIGKILL");
    await expect(witness.ended).rejects.toMatchObject({ code: "WITNESS_GONE" });
    await expect(witness.finish()).rejects.toMatchObject({ code: "WITNESS_GONE" });
  });

  it("ends at once on abort, also when the caller's signal says so", async () => {
    const place = await mkdtemp(path.join(folder, "abort-"));
    const config: WitnessConfigInput = { seeds: SEEDS, rate: 100, clients: ["ioredis"], run: "abort" };
    const stop = new AbortController();
    const witness = await startWitness(config, { folder: place, signal: stop.signal });
    stop.abort();
    await expect(witness.ended).rejects.toMatchObject({ code: "WITNESS_ABORTED" });
    expect(await processesOf(place)).toEqual([]);
  });

  it("says which client could not connect, and why", async () => {
    const seeds = [{ address: "127.91.21.99", port: PORT }];
    const starting = load({ run: "nowhere", clients: ["node-redis"], idleSeconds: 0, seeds, connectSeconds: 1 });
    await expect(starting).rejects.toMatchObject({
      code: "WITNESS_NOT_CONNECTED",
      message: expect.stringMatching(/^node-redis got no command through within 1 s .*127\.91\.21\.99:6379$/),
    });
  });

  it("reads the password from a file; with a wrong one no client gets through", async () => {
    for (const name of ["requirepass", "masterauth"]) {
      for (const address of ADDRESSES) {
        const node = new Redis(PORT, address, name === "masterauth" ? { password: "right" } : {});
        await node.config("SET", name, "right");
        node.disconnect();
      }
    }
    const [right, wrong] = [path.join(folder, "right"), path.join(folder, "wrong")];
    await writeFile(right, "right\n", { mode: 0o600 });
    await writeFile(wrong, "wrong\n", { mode: 0o600 });

    const report = await (await load({ run: "password", forSeconds: 1, passwordFile: right })).ended;
    expect(report).toMatchObject({ failed: 0, lost: 0, doubled: 0 });
    expect(report.commands).toBeGreaterThan(surelySent(report));
    await expect(load({ run: "wrong", passwordFile: wrong, connectSeconds: 1 })).rejects.toMatchObject({
      code: "WITNESS_NOT_CONNECTED",
    });
  });
});
