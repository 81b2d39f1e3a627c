import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Topology } from "../../src/cluster/types.js";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import { type Command, connectNode } from "../../src/redis/connect-node.js";
import { observeAll } from "../../src/redis/observe-all.js";
import { createCanary } from "../../src/upgrade/guard/canary-keys.js";
import { until } from "./support/test-cluster.js";

const PORT = 6379;
/** The smallest cluster that elects: three primaries, of which the first has a replica. */
const ADDRESSES = [1, 2, 3, 4].map((host) => `127.92.44.${host}`);
const [FIRST = "", , , REPLICA = ""] = ADDRESSES;

let folder: string;
const servers: ChildProcess[] = [];

async function call(address: string, ...command: Command): Promise<unknown> {
  const connection = await connectNode({ address, port: PORT });
  try {
    return await connection.call(...command);
  } finally {
    connection.close();
  }
}

const observe = (): Promise<Topology> => observeAll(ADDRESSES.map((address) => ({ address, port: PORT })));

/** Every view agrees, and the replica of the first shard is in step. */
async function settled(primary: string): Promise<Topology | false> {
  const topology = await observe();
  const shard = topology.shards.find((one) => one.primary.address === primary);
  const inStep = shard?.replicas.length === 1 && shard.replicas[0]?.view?.server.primaryLinkUp === true;
  const ok = topology.views.length === 4 && topology.views.every((view) => view.cluster.state === "ok");
  return ok && inStep && topology.disagreements.length === 0 && topology;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "evenkeel-canary-"));
  const engine = await resolveEngine({ engine: "redis", version: "7.0" }, { env: process.env });
  const [program = "", ...first] = engine.server;
  for (const address of ADDRESSES) {
    const options = ["--bind", address, "--bind-source-addr", address, "--port", String(PORT), "--dir", folder];
    const cluster = [
      "--cluster-enabled",
      "yes",
      "--cluster-config-file",
      `${address}.conf`,
      "--cluster-node-timeout",
      "3000",
    ];
    const files = ["--save", "", "--dbfilename", `${address}.rdb`, "--protected-mode", "no"];
    servers.push(spawn(program, [...first, ...options, ...cluster, ...files], { stdio: "ignore" }));
  }
  for (const [index, address] of ADDRESSES.entries()) {
    await until(`${address} to answer`, 10, async () => (await call(address, "PING")) === "PONG");
    const range = [
      [0, 5460],
      [5461, 10922],
      [10923, 16383],
    ][index];
    if (range) await call(address, "CLUSTER", "ADDSLOTSRANGE", ...range);
    await call(address, "CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    if (index > 0) await call(FIRST, "CLUSTER", "MEET", address, PORT);
  }
  const id = String(await call(FIRST, "CLUSTER", "MYID"));
  await until("the replica to follow", 20, async () => (await call(REPLICA, "CLUSTER", "REPLICATE", id)) === "OK");
  await until("the cluster to agree", 30, () => settled(FIRST));
});

afterAll(async () => {
  for (const server of servers) {
    if (server.exitCode !== null || server.signalCode !== null) continue;
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  }
  await rm(folder, { recursive: true, force: true });
});

it("canary keys on real servers are written, reach the replica, follow a hand-over and tell a loss", async () => {
  const canary = createCanary({
    connect: (address, port) => connectNode({ address, port, timeoutMs: 5000 }),
    // How soon a replica has it is the machine's affair here.
    replicaDeadlineMs: 5000,
  });
  const fine = { lost: 0, stale: 0, unanswered: 0 };
  try {
    const before = await observe();
    expect(await canary.round(before)).toEqual(fine);
    expect(await canary.round(before)).toEqual(fine);

    await call(REPLICA, "CLUSTER", "FAILOVER");
    await until("the old primary to be demoted", 5, async () => String(await call(FIRST, "ROLE")).startsWith("slave"));
    // Asked by the map of before the hand-over, the old owner refuses: that is no loss.
    expect(await canary.round(before)).toEqual({
      ...fine,
      unanswered: 1,
      reason: expect.stringMatching(/MOVED \d+ 127/),
    });
    const after = await until("the cluster to agree", 30, () => settled(REPLICA));
    expect(await canary.round(after)).toEqual(fine);

    const keys = (await call(REPLICA, "KEYS", "evenkeel:canary:*")) as string[];
    expect(keys).toHaveLength(1);
    expect(await call(REPLICA, "GET", keys[0] ?? "")).toBe("4");
    expect(Number(await call(REPLICA, "TTL", keys[0] ?? ""))).toBeGreaterThan(590);

    await call(REPLICA, "SET", keys[0] ?? "", "1");
    expect(await canary.round(after)).toMatchObject({
      lost: 1,
      reason: `${keys[0]} at ${REPLICA}:${PORT} holds "1"; write 4 was acknowledged`,
    });
  } finally {
    canary.close();
  }
});
