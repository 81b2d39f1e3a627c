import { join } from "node:path";
import type { View } from "../../../src/cluster/types.js";
import type { EngineBinary } from "../../../src/platforms/local/engines/engine-binary.js";
import { observeNode } from "../../../src/redis/observe-node.js";
import { until } from "../../local/support/test-cluster.js";
import { type PlainServer, plainServer, PORT, type StartOutcome } from "./plain-server.js";

const NODE_TIMEOUT_MS = 1500;
const SETTINGS = [
  ["--cluster-enabled", "yes"],
  ["--cluster-node-timeout", String(NODE_TIMEOUT_MS)],
  ["--cluster-replica-validity-factor", "10"],
  ["--cluster-require-full-coverage", "no"],
  ["--cluster-allow-replica-migration", "no"],
  ["--appendonly", "no"],
  ["--save", ""],
  ["--repl-diskless-sync-delay", "0"],
  ["--repl-backlog-size", "32mb"],
  ["--enable-debug-command", "yes"],
  ["--shutdown-timeout", "1"],
].flat();

/** Three primaries that vote, and one replica: the smallest cluster in which a shard can be handed over. */
export interface ShardCluster {
  /** The node that begins as the primary of the shard under test. */
  readonly first: PlainServer;
  /** The node that begins as its replica. */
  readonly second: PlainServer;
  readonly voters: readonly PlainServer[];
  readonly all: readonly PlainServer[];
  start(server: PlainServer, engine: EngineBinary): Promise<StartOutcome>;
  /** Hands the shard over; true when both roles have changed. A failed try is repeated once, when its votes are stale. */
  handOver(from: PlainServer, to: PlainServer): Promise<boolean>;
  destroy(): Promise<void>;
}

/** Every node sees every other one, connected and with the same role: what a hand-over needs in order not to lose votes. */
async function untilAgreed(
  cluster: Pick<ShardCluster, "all">,
  primary: PlainServer,
  replica: PlainServer,
): Promise<void> {
  await until("all views agree", 15, async () => {
    const views = await Promise.all(cluster.all.map(({ address }) => observeNode({ address, port: PORT })));
    for (const view of views) explainDoubt(view, primary.address, replica.address);
    return true;
  });
}

function explainDoubt({ address, nodes, cluster }: View, primary: string, replica: string): void {
  const bad = nodes.filter(
    (node) => !node.self && (!node.linkConnected || node.failed || node.suspected || node.handshake),
  );
  if (bad.length > 0 || nodes.length !== 4) {
    throw new Error(`${address} sees ${nodes.length} nodes, trouble with ${bad.map((node) => node.address).join()}`);
  }
  if (cluster.state !== "ok") throw new Error(`${address} says the cluster is ${cluster.state}`);
  const roleOf = (at: string): string | undefined => nodes.find((node) => node.address === at)?.role;
  if (roleOf(primary) !== "primary" || roleOf(replica) !== "replica") {
    throw new Error(`${address} sees ${primary} as ${roleOf(primary)}, ${replica} as ${roleOf(replica)}`);
  }
}

const roleOf = async (server: PlainServer): Promise<string> => String(((await server.call("ROLE")) as unknown[])[0]);

/**
 * Forms the cluster on one engine: four nodes at `SUBNET.1` to `.4`. The first owns all slots but two, so that every key is its own.
 * @param subnet three parts, e.g. `127.113.1`
 */
export async function formShard(
  engine: EngineBinary,
  subnet: string,
  options: { readonly folder: string },
): Promise<ShardCluster> {
  const all = [1, 2, 3, 4].map((host) => plainServer(`${subnet}.${host}`, join(options.folder, `node-${host}`)));
  const [first, second, ...voters] = all as [PlainServer, PlainServer, PlainServer, PlainServer];
  const cluster: ShardCluster = {
    first,
    second,
    voters,
    all,
    start: (server, binary) => server.start(binary, [...SETTINGS, "--cluster-announce-ip", server.address]),
    async handOver(from, to) {
      for (const last of [false, true]) {
        await untilAgreed(cluster, from, to);
        await to.call("CLUSTER", "FAILOVER");
        const swapped = async (): Promise<boolean> =>
          (await roleOf(to)) === "master" && (await roleOf(from)) === "slave";
        const done = await until("both roles changed", 6, swapped).catch(() => false);
        if (done) {
          // The demoted node tells its new role at once, instead of with its next ping.
          for (const peer of all) if (peer !== from) await from.call("CLUSTER", "MEET", peer.address, PORT);
          return true;
        }
        // Votes of a try that failed are used again until 4 x node-timeout have passed.
        if (!last) await new Promise((resolve) => setTimeout(resolve, 4 * NODE_TIMEOUT_MS));
      }
      return false;
    },
    async destroy() {
      await Promise.all(all.map((server) => server.kill()));
    },
  };
  try {
    await Promise.all(all.map((server) => cluster.start(server, engine)));
    const ranges: [PlainServer, number, number][] = [
      [first, 0, 16_381],
      [voters[0], 16_382, 16_382],
      [voters[1], 16_383, 16_383],
    ];
    for (const [index, [server, start, end]] of ranges.entries()) {
      await server.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
      await server.call("CLUSTER", "ADDSLOTSRANGE", start, end);
    }
    for (const peer of all.slice(1)) await first.call("CLUSTER", "MEET", peer.address, PORT);
    const id = String(await first.call("CLUSTER", "MYID"));
    await until(
      "the replica knows its primary",
      15,
      async () => (await second.call("CLUSTER", "REPLICATE", id)) === "OK",
    );
    await untilAgreed(cluster, first, second);
    return cluster;
  } catch (error) {
    await cluster.destroy();
    throw error;
  }
}
