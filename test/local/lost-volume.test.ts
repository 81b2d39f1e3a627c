import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { connectNode } from "../../src/redis/connect-node.js";
import { AGENT_CONTROL_PORT } from "../../src/cluster/constants.js";
import { keySlot } from "../../src/cluster/key-slot.js";
import { killServer } from "./support/faults.js";
import { keyNames, missingKeys, writeKeys } from "./support/keys.js";
import { primaries, startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const KEYS = keyNames("key", 300);

function emptyVolume(started: TestCluster, pod: string): void {
  for (const name of readdirSync(started.volume(pod))) rmSync(join(started.volume(pod), name), { recursive: true });
}

const untilStopped = (started: TestCluster, pod: string, seconds: number): Promise<boolean> =>
  until(`${pod} to be stopped`, seconds, async () =>
    (await started.pods()).some((one) => one.name === pod && one.phase === "stopped"),
  );

/** A server that runs does not miss its files; they are gone when it starts again. The cluster file stays. */
function dieWithoutData(started: TestCluster, pod: string): void {
  for (const name of ["dump.rdb", "appendonlydir"])
    rmSync(join(started.volume(pod), name), { recursive: true, force: true });
  killServer(started, pod);
}

/** Ids that any server of the cluster still has in its table. */
async function knownIds(started: TestCluster): Promise<ReadonlySet<string>> {
  return new Set((await started.topology()).views.flatMap((view) => view.nodes.map((node) => node.id)));
}

const nodeId = async (started: TestCluster, pod: string): Promise<string> =>
  (await started.status(pod)).server?.nodeId ?? "";

describe("a pod whose volume is lost while it is stopped", () => {
  it.each(["replica", "primary"] as const)(
    "a former %s joins as a replica where one is missing, and its dead id is forgotten everywhere",
    async (role) => {
      cluster = await startTestCluster();
      const started = cluster;
      await writeKeys(started, KEYS);
      const owners = await primaries(started);
      const pod = (await started.pods()).find((one) => owners.includes(one.name) === (role === "primary"))?.name ?? "";
      const deadId = await nodeId(started, pod);
      await started.platform.stop(pod);
      await untilStopped(started, pod, 40);
      emptyVolume(started, pod);
      const begin = performance.now();
      await started.platform.start(pod);
      const topology = await until("the dead id to be forgotten", 30, async () => {
        const whole = await untilReady(started, 30);
        return (await knownIds(started)).has(deadId) ? undefined : whole;
      });
      expect(performance.now() - begin).toBeLessThan(30_000);
      expect((await started.status(pod)).server?.role).toBe("replica");
      expect(await nodeId(started, pod)).not.toBe(deadId);
      expect(topology.nodes).toHaveLength(6);
      expect(topology.shards.map((shard) => shard.replicas.length)).toEqual([1, 1, 1]);
      expect(topology.disagreements).toEqual([]);
      expect(await missingKeys(started, KEYS)).toEqual([]);
    },
  );
});

describe("a primary that is stopped without a hand-over and comes back at once with an empty volume", () => {
  it("waits until its replica is elected: introduced sooner, it would stand in the way of the election for ever", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    await writeKeys(started, KEYS);
    const [pod = ""] = await primaries(started);
    const deadId = await nodeId(started, pod);
    await started.platform.stop(pod, { handover: false });
    await untilStopped(started, pod, 4);
    emptyVolume(started, pod);
    await started.platform.start(pod);
    await until("the start to be held, with the reason", 5, async () => {
      const { phase, reason } = await started.status(pod);
      return phase === "held" && /took over the slots/.test(reason);
    });
    await until("the dead id to be forgotten", 40, async () => {
      await untilReady(started, 1);
      return !(await knownIds(started)).has(deadId);
    });
    const topology = await started.topology();
    expect(topology.shards.map((shard) => shard.replicas.length)).toEqual([1, 1, 1]);
    expect(await missingKeys(started, KEYS)).toEqual([]);
  });
});

/** What this very server answers to reads of its former keys, as a client with an old map would ask, whenever it answers. */
async function askUntil(
  place: { address: string; port: number },
  key: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const answers = new Map<string, number>();
  const count = (answer: string): void => void answers.set(answer, (answers.get(answer) ?? 0) + 1);
  while (!signal.aborted) {
    try {
      const connection = await connectNode({ ...place, timeoutMs: 500 });
      while (!signal.aborted) {
        const reply: unknown = await connection.call("GET", key).catch((error: Error) => error);
        if (connection.closed) break;
        count(reply instanceof Error ? (reply.message.split(" ")[0] ?? "") : reply === null ? "nothing" : "the value");
      }
      connection.close();
    } catch {
      count("no connection");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  return answers;
}

describe("a primary whose server dies together with its data files", () => {
  it("is held until its replica is elected, never answers as if it were empty, and comes back as a replica", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    await writeKeys(started, KEYS);
    const [pod = ""] = await primaries(started);
    const before = await started.topology();
    const { address, port } = started.processes(pod);
    const shard = before.shards.find((one) => one.primary.address === address);
    const heir = (await started.pods()).find((one) => one.address === shard?.replicas[0]?.address)?.name ?? "";
    const key =
      KEYS.find((one) => shard?.slots.some(({ start, end }) => keySlot(one) >= start && keySlot(one) <= end)) ?? "";

    const over = new AbortController();
    const asking = askUntil({ address, port }, key, over.signal);
    dieWithoutData(started, pod);

    await until("the agent to hold the start, with the reason", 5, async () => {
      const { phase, reason } = await started.status(pod);
      return phase === "held" && reason === `the data is gone; waits until ${heir} took over the slots`;
    });
    expect((await started.pods()).find((one) => one.name === pod)).toMatchObject({ ready: false });
    const topology = await untilReady(started, 40);
    over.abort();
    const answers = await asking;

    expect(await primaries(started)).toContain(heir);
    expect((await started.status(pod)).server?.role).toBe("replica");
    expect(topology.shards.map((one) => one.replicas.length)).toEqual([1, 1, 1]);
    expect(await missingKeys(started, KEYS)).toEqual([]);
    expect([...answers.keys()]).not.toContain("nothing");
    expect([...answers.keys()]).toContain("MOVED");
  });
});

describe("a primary that comes back empty while its only replica is down", () => {
  it("is held until a person gives the data up, and only then serves empty", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    await writeKeys(started, KEYS);
    const [pod = ""] = await primaries(started);
    const { address, port } = started.processes(pod);
    const topology = await started.topology();
    const shard = topology.shards.find((one) => one.primary.address === address);
    const replica = (await started.pods()).find((one) => one.address === shard?.replicas[0]?.address)?.name ?? "";
    await started.platform.stop(replica);
    await untilStopped(started, replica, 40);
    dieWithoutData(started, pod);

    const held = async (): Promise<string | false> => {
      const { phase, reason } = await started.status(pod);
      return phase === "held" && reason;
    };
    expect(await until("the start to be held", 10, held)).toMatch(/^the data is gone, and no replica .* 6390 OPEN/);
    await until("the others to hold the replica for failed", 30, async () =>
      (await started.topology()).views.some(({ nodes }) =>
        nodes.some((node) => node.address === shard?.replicas[0]?.address && node.failed),
      ),
    );
    expect(await held()).toMatch(/6390 OPEN/);

    const control = await connectNode({ address, port: AGENT_CONTROL_PORT, timeoutMs: 2000 });
    expect(await control.call("OPEN")).toBe("OK");
    await until("the server to serve", 30, async () => {
      const connection = await connectNode({ address, port, timeoutMs: 500 });
      const keys = await connection.call("DBSIZE").finally(() => connection.close());
      return keys === 0 ? true : undefined;
    });
    await expect(control.call("OPEN")).rejects.toThrow(/not held/);
    control.close();
    await started.platform.start(replica);
    await untilReady(started, 60);
    expect(await primaries(started)).toContain(pod);
  });
});
