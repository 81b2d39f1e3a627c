import { rmSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Agent, createAgent } from "../../../../src/agent/agent.js";
import { controlCommands, httpRoutes } from "../../../../src/agent/calls.js";
import { startHttp } from "../../../../src/agent/http-server.js";
import { applyRestore } from "../../../../src/agent/restore/apply-restore.js";
import { systemClock } from "../../../../src/ports/system-clock.js";
import { contents, newPod, nextPod, SET, SNAPSHOT, type TestPod, write } from "./volume.js";

const closing: (() => unknown)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const close of closing.splice(0)) close();
});

/** The whole agent of a pod whose server does not answer; its port of HTTP is open. */
async function startAgent(
  role: "primary" | "replica",
  port = 0,
): Promise<{ pod: TestPod; agent: Agent; port: number }> {
  const pod = newPod({ role });
  const tokenFile = join(pod.root, "token");
  writeFileSync(tokenFile, "token");
  const found = [{ pod: "rc-3", address: "127.0.0.1" }];
  const agent = createAgent(
    {
      ...pod.config,
      announceAddress: "127.0.0.1",
      serverPort: 1,
      httpPort: port,
      tokenFile,
      scripts: [],
      shards: 1,
      replicas: 1,
    },
    { clock: systemClock, findPeers: async () => found, log: () => undefined },
  );
  await agent.peers.refresh();
  const server: Server = await startHttp("127.0.0.1", 0, { routes: httpRoutes(agent), token: agent.token });
  closing.push(() => {
    agent.gate.close();
    server.close();
    rmSync(pod.root, { recursive: true, force: true });
  });
  return { pod, agent, port: (server.address() as AddressInfo).port };
}

type Started = Awaited<ReturnType<typeof startAgent>>;

async function post({ port }: Started, path: string, body: object): Promise<{ status: number; text: string }> {
  const headers = { "x-evenkeel-token": "token" };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

const CALL = { set: SET, shard: 0, template: { engine: "redis", version: "7.0" }, bytes: SNAPSHOT.length };
const asPrimary = { ...CALL, role: "primary", from: "rc-3" };
const keep = ({ pod }: Started): void =>
  write(join(pod.config.dataDir, "evenkeel-snapshots", SET, "shard-0.rdb"), SNAPSHOT);
const restoring = ({ pod }: Started): string[] =>
  Object.keys(contents(pod.config.dataDir)).filter((path) => /restore/.test(path));
const preStop = async ({ agent }: Started): Promise<unknown> => controlCommands(agent)["HANDOVER"]?.run([]);

describe("POST /restore", () => {
  let holder: Started;
  beforeEach(async () => {
    holder = await startAgent("replica");
    keep(holder);
  });

  it("a primary fetches the snapshot from the pod that has it, and its data stays as it is until the next pod", async () => {
    const primary = await startAgent("primary", holder.port);
    const before = contents(primary.pod.config.dataDir);
    expect(await post(primary, "/restore", asPrimary)).toMatchObject({ status: 200 });
    expect(contents(primary.pod.config.dataDir)).toMatchObject(before);
    const { config } = nextPod(primary.pod, "redis@7.0");
    applyRestore(config);
    expect(contents(config.dataDir)).toMatchObject({ "appendonlydir/appendonly.aof.1.base.rdb": SNAPSHOT });
  });

  it("one that has it in its own volume copies it, and keeps it there", async () => {
    const primary = await startAgent("primary");
    keep(primary);
    expect(await post(primary, "/restore", { ...CALL, role: "primary" })).toMatchObject({ status: 200 });
    applyRestore(nextPod(primary.pod, "redis@7.0").config);
    expect(contents(primary.pod.config.dataDir)).toMatchObject({
      "appendonlydir/appendonly.aof.1.base.rdb": SNAPSHOT,
      [`evenkeel-snapshots/${SET}/shard-0.rdb`]: SNAPSHOT,
    });
  });

  it("asked for twice, also at once, it is done once", async () => {
    const primary = await startAgent("primary", holder.port);
    const twice = await Promise.all([post(primary, "/restore", asPrimary), post(primary, "/restore", asPrimary)]);
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    rmSync(join(holder.pod.config.dataDir, "evenkeel-snapshots"), { recursive: true });
    expect(await post(primary, "/restore", asPrimary)).toMatchObject({ status: 200 });
  });

  it.each<[string, object, RegExp]>([
    ["that nobody has", { shard: 7 }, /404/],
    ["of another size", { bytes: 7 }, /has \d+ bytes instead of 7/],
    ["for which there is no room", { bytes: 2 ** 52 }, /DISK_FULL: \d+ bytes are free, a snapshot needs/],
    ["in a pod that is not found", { from: "rc-9" }, /the agent of rc-9.* is not found/],
  ])("a snapshot %s is refused, and nothing of it is left", async (_, over, why) => {
    const primary = await startAgent("primary", holder.port);
    expect(await post(primary, "/restore", { ...asPrimary, ...over })).toEqual({
      status: 500,
      text: expect.stringMatching(why),
    });
    expect(restoring(primary)).toEqual([]);
    await expect(preStop(primary)).rejects.toThrow("hand-over impossible");
  });

  it("a pod that somebody else stops is not asked any more: another one will own its slots", async () => {
    const primary = await startAgent("primary", holder.port);
    primary.agent.state.stopping = true;
    expect(await post(primary, "/restore", asPrimary)).toEqual({
      status: 409,
      text: expect.stringContaining("being stopped"),
    });
  });
});

describe("the preStop hook of a pod that was asked", () => {
  it("hands nothing over and answers at once; asked once more meanwhile, the pod still agrees", async () => {
    const replica = await startAgent("replica");
    await post(replica, "/restore", { ...CALL, role: "replica" });
    expect(await preStop(replica)).toBe("OK nothing to hand over: its shard is put back to a snapshot");
    expect(replica.agent.state.stopping).toBe(true);
    expect(await post(replica, "/restore", { ...CALL, role: "replica" })).toMatchObject({ status: 200 });
  });

  it("hands over again when it was withdrawn", async () => {
    const replica = await startAgent("replica");
    await post(replica, "/restore", { ...CALL, role: "replica" });
    expect(await post(replica, "/restore/withdraw", {})).toMatchObject({ status: 200 });
    expect(restoring(replica)).toEqual([]);
    await expect(preStop(replica)).rejects.toThrow("hand-over impossible");
  });

  it("hands over again when nobody followed it up: somebody else stops the pod then", async () => {
    const replica = await startAgent("replica");
    await post(replica, "/restore", { ...CALL, role: "replica" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
    await expect(preStop(replica)).rejects.toThrow("hand-over impossible");
  });
});
