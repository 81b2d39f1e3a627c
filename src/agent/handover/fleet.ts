import type { Unreachable, View } from "../../cluster/types.js";
import { connectNode, type Login, type NodeConnection } from "../../redis/connect-node.js";
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

/** How the nodes of this cluster are spoken to; asked at every new connection, because secrets are renewed. */
export interface FleetAccess {
  readonly port: number;
  readonly login: () => Login;
  /** This pod's own server: known by the first address, and dialled at the second, so that nothing but the pod is needed. */
  readonly own?: { readonly address: string; readonly via: string } | undefined;
}

export function createFleet({ port, login, own }: FleetAccess): Fleet {
  const connections = new Map<string, NodeConnection>();
  const connection = async (address: string): Promise<NodeConnection> => {
    const known = connections.get(address);
    if (known && !known.closed) return known;
    const via = address === own?.address ? own.via : undefined;
    const fresh = await connectNode({ address, port, ...login(), via, timeoutMs: 1500 });
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
