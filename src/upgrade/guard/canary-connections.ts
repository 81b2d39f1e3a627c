/** One connection to one node, without retries and redirections. */
export interface CanaryConnection {
  readonly closed: boolean;
  /** A command that the node refuses gives an Error as its result; rejects when the node does not answer. */
  pipeline(commands: readonly (readonly (string | number)[])[]): Promise<unknown[]>;
  close(): void;
}

export type ConnectCanary = (address: string, port: number) => Promise<CanaryConnection>;

export interface CanaryNode {
  readonly address: string;
  readonly port: number;
}

/** Connections by node, opened when they are needed and again after they broke. */
export interface CanaryConnections {
  /** @param purpose a connection that reads from replicas is told so, and is no other one's */
  get(node: CanaryNode, purpose: "write" | "read"): Promise<CanaryConnection>;
  /** Closes those to nodes that are not in the list. */
  keepOnly(nodes: readonly CanaryNode[]): void;
}

export function createConnections(connect: ConnectCanary): CanaryConnections {
  const open = new Map<string, CanaryConnection>();
  const placeOf = ({ address, port }: CanaryNode): string => `${address}:${port}`;
  return {
    async get(node, purpose) {
      const key = `${purpose} ${placeOf(node)}`;
      const known = open.get(key);
      if (known && !known.closed) return known;
      const connection = await connect(node.address, node.port);
      if (purpose === "read") {
        const [reply] = await connection.pipeline([["READONLY"]]);
        if (reply instanceof Error) {
          connection.close();
          throw reply;
        }
      }
      open.set(key, connection);
      return connection;
    },
    keepOnly(nodes) {
      const wanted = new Set(nodes.map(placeOf));
      for (const [key, connection] of open) {
        if (wanted.has(key.slice(key.indexOf(" ") + 1))) continue;
        connection.close();
        open.delete(key);
      }
    },
  };
}
