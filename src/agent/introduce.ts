import type { Fleet } from "./handover/fleet.js";

/**
 * A node introduces itself to others. By one that knows it already only the header is read, which carries role and slots: it learns
 * in milliseconds what gossip and pings tell in seconds.
 *
 * An introduction by Redis 7.2 or newer tells no host name, and takes away the one that was known until the next ping.
 * @param who address of the node
 */
export async function introduce(
  fleet: Fleet,
  who: string,
  others: readonly { readonly address: string; readonly port: number }[],
): Promise<void> {
  const node = await fleet.connection(who);
  await node.pipeline(others.map(({ address, port }) => ["CLUSTER", "MEET", address, port]));
}
