/*
 * How long a hand-over stalls writes, against a raw `CLUSTER FAILOVER`: interleaved pairs in one run, because machines are
 * noisy. Run: npm run setup && npx tsx bench/handover.ts [pairs]
 */
import { Cluster } from "ioredis";
import { setTimeout as sleep } from "node:timers/promises";
import { connectNode } from "../src/redis/connect-node.js";
import { shardsInOrder, startTestCluster, type TestCluster, untilReady } from "../test/local/support/test-cluster.js";

const PAIRS = Number(process.argv[2] ?? 12);
const ENGINE = process.argv[3] ?? "valkey@8.1";
/** Engines older than Valkey 8.1 re-use votes for 4 x this: a short time-out keeps the run short. */
const NODE_TIMEOUT_MS = 1000;
const EVERY_MS = 1;

/** Writes at a constant rate to keys of every shard; the stall is the longest latency from the moment a write was due. */
async function stallDuring(client: Cluster, act: () => Promise<void>): Promise<number> {
  let worst = 0;
  const state = { open: 0 };
  let n = 0;
  const begin = performance.now();
  const timer = setInterval(() => {
    for (const due = performance.now(); begin + n * EVERY_MS <= due; n += 1) {
      const meant = begin + n * EVERY_MS;
      state.open += 1;
      void client.incr(`bench:${n % 300}`).finally(() => {
        state.open -= 1;
        worst = Math.max(worst, performance.now() - meant);
      });
    }
  }, EVERY_MS);
  await sleep(300);
  worst = 0;
  await act();
  await sleep(700);
  clearInterval(timer);
  while (state.open > 0) await sleep(5);
  return worst;
}

/** What the engine's own command does, polled to its end: the floor. */
async function rawFailover(cluster: TestCluster, primary: string, replica: string): Promise<void> {
  const pods = await cluster.pods();
  const address = pods.find((pod) => pod.name === replica)?.address ?? "";
  const connection = await connectNode({ address, port: 6379 });
  await connection.call("CLUSTER", "FAILOVER");
  for (let role = ""; role !== "master"; await sleep(5))
    role = String(((await connection.call("ROLE")) as unknown[])[0]);
  connection.close();
  for (let role = ""; role !== "slave"; await sleep(5))
    role = String(((await cluster.call(primary, "ROLE")) as unknown[])[0]);
}

async function pair(cluster: TestCluster, shard: number): Promise<{ primary: string; replica: string }> {
  const topology = await untilReady(cluster, 30);
  const pods = await cluster.pods();
  const name = (address: string | undefined): string => pods.find((pod) => pod.address === address)?.name ?? "";
  const sorted = shardsInOrder(topology);
  return { primary: name(sorted[shard]?.primary.address), replica: name(sorted[shard]?.replicas[0]?.address) };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const cluster = await startTestCluster({ engine: ENGINE, nodeTimeoutMs: NODE_TIMEOUT_MS });
const raw: number[] = [];
const gated: number[] = [];
try {
  const client = new Cluster((await cluster.pods()).map((pod) => ({ host: pod.address, port: pod.port })));
  await client.set("bench:warm", "1");
  for (let n = 0; n < PAIRS; n += 1) {
    // The same shard for both halves of a pair; which comes first alternates.
    for (const kind of n % 2 === 0 ? ["raw", "gated"] : ["gated", "raw"]) {
      const { primary, replica } = await pair(cluster, n % 3);
      const stall = await stallDuring(client, async () => {
        if (kind === "raw") await rawFailover(cluster, primary, replica);
        else {
          const result = await cluster.handOver(primary);
          if (result.outcome !== "done") throw new Error(`hand-over ${result.outcome}: ${result.reason}`);
        }
      });
      (kind === "raw" ? raw : gated).push(stall);
      await sleep(ENGINE.startsWith("valkey@8.1") || ENGINE.startsWith("valkey@9") ? 500 : 4 * NODE_TIMEOUT_MS + 500);
    }
    process.stderr.write(`pair ${n + 1}: raw ${raw.at(-1)?.toFixed(1)} ms, hand-over ${gated.at(-1)?.toFixed(1)} ms\n`);
  }
  client.disconnect();
} finally {
  await cluster.destroy();
}
const result = {
  engine: ENGINE,
  pairs: PAIRS,
  rawMedianMs: Number(median(raw).toFixed(1)),
  handOverMedianMs: Number(median(gated).toFixed(1)),
  ratio: Number((median(gated) / median(raw)).toFixed(2)),
  rawMaxMs: Number(Math.max(...raw).toFixed(1)),
  handOverMaxMs: Number(Math.max(...gated).toFixed(1)),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.ratio <= 1.5 ? 0 : 1);
