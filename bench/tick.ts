/*
 * After how many failovers some node's table lacked slots for a moment: `CLUSTER FAILOVER` asked at any time, against asked right
 * after a tick of the primary's bus (decision 0056). Run: npm run setup && npx tsx bench/tick.ts [pairs] [engine]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { waitForTick } from "../src/agent/handover/wait-for-tick.js";
import { systemClock } from "../src/ports/system-clock.js";
import { connectNode, type NodeConnection } from "../src/redis/connect-node.js";
import { shardsInOrder, startTestCluster, untilReady } from "../test/local/support/test-cluster.js";

const PAIRS = Number(process.argv[2] ?? 60);
const ENGINE = process.argv[3] ?? "redis@7.0";
/** Votes are re-used for 4 x this: short, so that the run is short. */
const NODE_TIMEOUT_MS = 500;
const WATCHED_MS = 100;

const isReplica = async (node: NodeConnection): Promise<boolean> => String(await node.call("ROLE")).startsWith("slave");
const lacksSlots = async (node: NodeConnection): Promise<boolean> =>
  !String(await node.call("CLUSTER", "INFO")).includes("cluster_slots_assigned:16384");

const cluster = await startTestCluster({ engine: ENGINE, nodeTimeoutMs: NODE_TIMEOUT_MS });
const lacking = { "any time": 0, "after a tick": 0 };
try {
  const pods = await cluster.pods();
  const nodes = new Map<string, NodeConnection>();
  for (const { address, port } of pods) nodes.set(address, await connectNode({ address, port }));
  const at = (address: string | undefined): NodeConnection => {
    const node = nodes.get(address ?? "");
    if (node === undefined) throw new Error(`no node at ${address}`);
    return node;
  };
  for (let n = 0; n < PAIRS; n += 1) {
    // Which comes first alternates.
    for (const when of n % 2 === 0
      ? (["any time", "after a tick"] as const)
      : (["after a tick", "any time"] as const)) {
      const shards = shardsInOrder(await untilReady(cluster, 30));
      const shard = shards[n % shards.length];
      const [from, to] = [at(shard?.primary.address), at(shard?.replicas[0]?.address)];
      await sleep(4 * NODE_TIMEOUT_MS + 100 * Math.random());
      if (when === "after a tick") await waitForTick(from, { clock: systemClock });
      await to.call("CLUSTER", "FAILOVER");
      while (!(await isReplica(from))) await sleep(2);
      let lacked = false;
      for (const end = performance.now() + WATCHED_MS; performance.now() < end; await sleep(2))
        lacked = (await Promise.all([...nodes.values()].map(lacksSlots))).includes(true) || lacked;
      if (lacked) lacking[when] += 1;
      process.stdout.write(`\r${n + 1} of ${PAIRS} pairs: ${JSON.stringify(lacking)} `);
    }
  }
  for (const node of nodes.values()) node.close();
  console.log(
    `\n${ENGINE}: some table lacked slots after ${lacking["any time"]} of ${PAIRS} failovers asked at any time, ${lacking["after a tick"]} of ${PAIRS} asked after a tick`,
  );
} finally {
  await cluster.destroy();
}
