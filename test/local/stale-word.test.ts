import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { parseFields } from "../../src/cluster/parse-fields.js";
import { startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const BUS_PORT = 16379;
/** Of the bus' header: `RCmb`, the length of the message, version, port, and its type, where 0 is a ping. */
const LENGTH_AT = 4;
const TYPE_AT = 12;

/** What a node says of itself on the bus at this moment, as it would say it in a ping. */
async function wordOf(started: TestCluster, pod: string): Promise<Buffer> {
  let heard = Buffer.alloc(0);
  const listener = createServer((socket) => socket.on("data", (part) => (heard = Buffer.concat([heard, part]))));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  await started.call(pod, "CLUSTER", "MEET", "127.0.0.1", 6379, (listener.address() as AddressInfo).port);
  const length = await until(`${pod} to introduce itself`, 10, async () => {
    const expected = heard.length > LENGTH_AT + 4 ? heard.readUInt32BE(LENGTH_AT) : Number.POSITIVE_INFINITY;
    return heard.length >= expected ? expected : undefined;
  });
  listener.close();
  const word = Buffer.from(heard.subarray(0, length));
  word.writeUInt16BE(0, TYPE_AT);
  return word;
}

/** Tells a node's bus something on a connection of its own. */
const say = (address: string, word: Buffer): void => {
  const socket = connect({ host: address, port: BUS_PORT }, () => socket.write(word));
  socket.on("error", () => undefined);
  setTimeout(() => socket.destroy(), 1000);
};

/** A number of `CLUSTER INFO`; what never happened is not in it. */
const info = async (started: TestCluster, pod: string, field: string): Promise<number> =>
  parseFields("CLUSTER INFO", String(await started.call(pod, "CLUSTER", "INFO"))).count(field) ?? 0;

describe("an old word of the heir that is read after the news of its election", () => {
  it("takes its slots from everybody in the table of who read it, until the heir introduces itself", async () => {
    cluster = await startTestCluster({ engine: "redis@7.0", nodeTimeoutMs: 1000 });
    const started = cluster;
    const [shard] = (await started.topology()).shards;
    const podAt = async (address: string | undefined): Promise<string> =>
      (await started.pods()).find((pod) => pod.address === address)?.name ?? "";
    const [from, heir] = [await podAt(shard?.primary.address), await podAt(shard?.replicas[0]?.address)];
    const word = await wordOf(started, heir);
    await untilReady(started, 30);
    const met = await info(started, from, "cluster_stats_messages_meet_received");

    const handedOver = started.handOver(from);
    const isReplica = async (): Promise<boolean> => String(await started.call(from, "ROLE")).startsWith("slave");
    await until(`${from} to be demoted`, 30, isReplica, 2);
    const assigned: number[] = [];
    for (let times = 0; times < 20; times += 1) {
      say(shard?.primary.address ?? "", word);
      await sleep(5);
      assigned.push(await info(started, from, "cluster_slots_assigned"));
    }

    expect(Math.min(...assigned)).toBeLessThan(16_384);
    expect(await handedOver).toMatchObject({ outcome: "done", to: heir });
    expect(await info(started, from, "cluster_stats_messages_meet_received")).toBeGreaterThan(met);
    await untilReady(started, 10);
  });
});
