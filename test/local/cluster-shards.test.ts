import { afterEach, describe, expect, it } from "vitest";
import { parseEngineSpec } from "../../src/cluster/engines.js";
import { countSlots } from "../../src/cluster/slots.js";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import { primaries, startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

/** What a client that reads `CLUSTER SHARDS` knows: slots of every shard that has exactly one primary in its list. */
async function servedSlots(started: TestCluster, pod: string): Promise<number> {
  const pairs = (flat: unknown): Map<unknown, unknown> => {
    const list = flat as readonly unknown[];
    return new Map(list.flatMap((name, n) => (n % 2 === 0 ? [[name, list[n + 1]]] : [])));
  };
  const shards = (await started.call(pod, "CLUSTER", "SHARDS")) as readonly unknown[];
  const found = shards.map(pairs).flatMap((shard) => {
    const slots = shard.get("slots") as readonly number[];
    const roles = (shard.get("nodes") as readonly unknown[]).map((node) => pairs(node).get("role"));
    if (roles.filter((role) => role === "master").length !== 1) return [];
    return slots.flatMap((start, n) => (n % 2 === 0 ? [{ start, end: slots[n + 1] ?? start }] : []));
  });
  return countSlots(found);
}

describe("a cluster of which only some nodes have left Redis 7.0, which knows no shard ids", () => {
  it.each(["redis@8.0", "valkey@8.1"])(
    "tells whole shards to clients on its nodes of %s, before and after a hand-over",
    async (to) => {
      cluster = await startTestCluster({ engine: "redis@7.0" });
      const started = cluster;
      const { engine, version } = await resolveEngine(parseEngineSpec(to), { env: process.env });
      await started.platform.stage({ engine, version });
      const owners = await primaries(started);
      const replicas = (await started.pods()).filter(({ name }) => !owners.includes(name));
      for (const { name, uid } of replicas) {
        await started.platform.replace(name, uid);
        await until(`${name} to run ${to}`, 60, async () =>
          (await started.pods()).some((one) => one.name === name && one.uid !== uid && one.ready),
        );
        expect(await servedSlots(started, name)).toBe(16384);
      }
      await untilReady(started, 30);
      const [first = ""] = owners;
      expect((await started.handOver(first)).outcome).toBe("done");
      for (const { name } of replicas) expect(await servedSlots(started, name)).toBe(16384);
      // Every call leaves slots behind in a list of Redis 8.0 that holds nodes without a shard id: views must not count them again.
      const { views, disagreements } = await started.topology();
      expect(disagreements).toEqual([]);
      for (const { nodes } of views) expect(countSlots(nodes.flatMap(({ slots }) => slots))).toBe(16384);
    },
  );
});
