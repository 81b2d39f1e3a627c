import type { View } from "../cluster/types.js";
import { buildView } from "../cluster/view.js";
import { connectNode, type ConnectOptions, type NodeConnection, unreachable } from "./connect-node.js";
import { encodeCommands } from "./encode.js";
import { ReplyError } from "./reply-error.js";

/** Settings that the checks compare between nodes. Patterns that an engine does not know give nothing. */
const CONFIG = [
  "cluster-node-timeout",
  "cluster-replica-validity-factor",
  "cluster-require-full-coverage",
  "cluster-allow-replica-migration",
  "cluster-announce-ip",
  "maxmemory",
  "maxmemory-policy",
  "appendonly",
  "appendfsync",
  "save",
  "repl-backlog-size",
  "min-replicas-to-write",
  "dir",
];

/** What the view is made of; the other sections only cost the server and us time. */
const SECTIONS = ["server", "memory", "persistence", "stats", "replication", "errorstats", "keyspace"];

const QUESTIONS = encodeCommands([
  ["CLUSTER", "NODES"],
  ["CLUSTER", "INFO"],
  ["INFO", ...SECTIONS],
  ["ROLE"],
  ["CLUSTER", "LINKS"],
  ["CONFIG", "GET", ...CONFIG],
]);

function text(reply: unknown, connection: NodeConnection): string {
  if (typeof reply === "string") return reply;
  const kind =
    reply instanceof ReplyError && ["NOAUTH", "WRONGPASS", "NOPERM"].includes(reply.prefix)
      ? "auth"
      : reply instanceof ReplyError && reply.prefix === "LOADING"
        ? "loading"
        : "error";
  throw unreachable(connection.address, connection.port, kind, reply);
}

/** Asks a connected node for all that it says of itself and of the others, in one round trip. */
export async function observe(connection: NodeConnection): Promise<View> {
  const [nodes, clusterInfo, info, role, links, config] = await connection.send(QUESTIONS);
  return buildView({
    address: connection.address,
    port: connection.port,
    nodes: text(nodes, connection),
    clusterInfo: text(clusterInfo, connection),
    info: text(info, connection),
    role,
    links: links instanceof ReplyError ? [] : links,
    config: config instanceof ReplyError ? [] : config,
  });
}

/**
 * Connects, asks, disconnects.
 * @throws EvenkeelError `NODE_UNREACHABLE`, with `details.kind` refused, timeout, auth, loading or error
 */
export async function observeNode(options: ConnectOptions): Promise<View> {
  const connection = await connectNode(options);
  try {
    return await observe(connection);
  } finally {
    connection.close();
  }
}
