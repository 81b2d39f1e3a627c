import type { View } from "../cluster/types.js";
import { connectNode, type Login, type NodeConnection } from "../redis/connect-node.js";
import { observe } from "../redis/observe-node.js";
import type { AgentConfig } from "./config.js";

/** The server beside this agent. */
export interface OwnServer {
  /** The last view; undefined while the server does not answer. */
  view(): View | undefined;
  /** Age of the last view. */
  viewAgeMs(): number;
  /** True while a connection stands: the process that was connected to lives. */
  connected(): boolean;
  /** Why there is no view. */
  reason(): string;
  /** Asks again. */
  refresh(): Promise<View | undefined>;
  /** A connection, made when there is none. */
  connection(): Promise<NodeConnection>;
  close(): void;
}

/** Keeps one connection to the own server and its last view. */
export function createOwnServer(config: AgentConfig, login: () => Login): OwnServer {
  let connection: NodeConnection | undefined;
  let view: View | undefined;
  let reason = "not asked yet";
  let askedAt = Number.NEGATIVE_INFINITY;
  const connected = async (): Promise<NodeConnection> => {
    if (connection && !connection.closed) return connection;
    connection = await connectNode({
      address: config.announceAddress,
      via: config.ownAddress,
      port: config.serverPort,
      ...login(),
      timeoutMs: 1500,
    });
    return connection;
  };
  return {
    view: () => view,
    viewAgeMs: () => performance.now() - askedAt,
    connected: () => connection !== undefined && !connection.closed,
    reason: () => reason,
    connection: connected,
    refresh: async () => {
      const now = performance.now();
      try {
        view = await observe(await connected());
        askedAt = now;
        reason = "";
      } catch (error) {
        view = undefined;
        reason = error instanceof Error ? error.message : String(error);
        connection?.close();
        connection = undefined;
      }
      return view;
    },
    close: () => connection?.close(),
  };
}
