import { afterEach, describe, expect, it } from "vitest";
import { startTestCluster, type TestCluster, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const KEYS = 300;
const key = (n: number): string => `key:${n}`;

/** Writes through whichever node owns the slot. */
async function eachKey(
  started: TestCluster,
  command: (name: string) => readonly string[],
): Promise<Map<string, unknown>> {
  const replies = new Map<string, unknown>();
  const pods = await started.pods();
  for (let n = 0; n < KEYS; n += 1) {
    for (const pod of pods) {
      const reply = await started.call(pod.name, ...command(key(n))).catch((error: Error) => error);
      if (reply instanceof Error && reply.message.startsWith("MOVED")) continue;
      replies.set(key(n), reply);
      break;
    }
  }
  return replies;
}

describe("all pods stopped at once and started with new addresses", () => {
  it.each(["redis@7.0", "redis@8.0", "valkey@8.0", "valkey@9"])(
    "%s: the cluster is whole again in under 20 s and no key is lost",
    async (engine) => {
      cluster = await startTestCluster({ engine, addresses: "pod", serverConfig: ["appendfsync always"] });
      const started = cluster;
      await eachKey(started, (name) => ["SET", name, `value of ${name}`]);
      const before = await started.pods();
      await Promise.all(before.map((pod) => started.platform.stop(pod.name, { handover: false })));
      await expect
        .poll(async () => (await started.pods()).every((pod) => pod.phase === "stopped"), { timeout: 30_000 })
        .toBe(true);

      const begin = performance.now();
      await Promise.all(before.map((pod) => started.platform.start(pod.name)));
      await untilReady(started, 20);
      const seconds = (performance.now() - begin) / 1000;

      const after = await started.pods();
      for (const [index, pod] of after.entries()) expect(pod.address).not.toBe(before[index]?.address);
      const values = await eachKey(started, (name) => ["GET", name]);
      expect([...values].filter(([name, value]) => value !== `value of ${name}`)).toEqual([]);
      expect(values.size).toBe(KEYS);
      expect(seconds).toBeLessThan(20);
    },
  );

  it("a restart of the container alone keeps the address", async () => {
    cluster = await startTestCluster({ addresses: "pod" });
    const [before] = await cluster.pods();
    const pod = before?.name ?? "";
    await cluster.platform.restartContainer(pod);
    await expect.poll(async () => (await cluster?.pods())?.[0]?.containerRestarts, { timeout: 20_000 }).toBe(1);
    await untilReady(cluster, 30);
    expect((await cluster.pods())[0]?.address).toBe(before?.address);
  });
});
