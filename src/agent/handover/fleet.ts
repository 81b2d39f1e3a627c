import type { Unreachable, View } from "../../cluster/types.js";
import { connectNode, type NodeConnection } from "../../redis/connect-node.js";
import { observe } from "../../redis/observe-node.js";
import { combineViews } from "../../cluster/topology.js";
import type { Topology } from "../../cluster/types.js";
import { isEvenkeelError } from "../../errors/evenkeel-error.js";

/** Connections to all nodes, kept open while a hand-over lasts: a look at everybody then costs one round trip. */
export interface Fleet {
  connection(address: string): Promise<NodeConnection>;
  /** Asks all nodes at once. */
  look(addresses: readonly string[]): Promise<Topology>;
  close(): void;
}

/**
 * @param localAddress to connect from; on one machine with many loopback addresses a node must not appear as another
 */
export function createFleet(port: number, password: string | undefined): Fleet {
  const connections = new Map<string, NodeConnection>();
  const connection = async (address: string): Promise<NodeConnection> => {
    const known = connections.get(address);
    if (known && !known.closed) return known;
    const fresh = await connectNode({ address, port, password, timeoutMs: 1500 });
    connections.set(address, fresh);
    return fresh;
  };
  const ask = async (address: string): Promise<View | Unreachable> => {
    try {
      return await observe(await connection(address));
    } catch (error) {
      const kind = isEvenkeelError(error) ? (error.details["kind"] as Unreachable["kind"]) : "error";
      return { address, port, kind, reason: error instanceof Error ? error.message : String(error) };
    }
  };
  return {
    connection,
    look: async (addresses) => {
      const answers = await Promise.all(addresses.map(ask));
      return combineViews(
        answers.filter((answer): answer is View => "nodeId" in answer),
        answers.filter((answer): answer is Unreachable => !("nodeId" in answer)),
      );
    },
    close: () => {
      for (const one of connections.values()) one.close();
    },
  };
}
