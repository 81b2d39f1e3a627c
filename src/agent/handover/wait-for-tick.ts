import { newestPong } from "../../cluster/newest-pong.js";
import type { NodeConnection } from "../../redis/connect-node.js";
import type { Clock } from "../../ports/clock.js";

/** A server pings some node once a second; a busy one is a little late. */
const TICK_WAIT_MS = 1200;
const LOOK_MS = 10;

/**
 * Waits until this node's own server has just had a tick of its cluster bus. It has one every 100 ms, and pings the candidate in
 * each while a failover runs. A candidate that answers such a ping before it is elected says that it is a replica, on another
 * connection than the news of the election: read in the wrong order, it takes the slots from everybody in this node's table, and
 * Redis 8.0 then never answers again. Asked right after a tick, the election is over before the next one.
 * Goes on after 1.2 s without a sign of one: the risk is small. Decision 0056.
 */
export async function waitForTick(
  own: Pick<NodeConnection, "call">,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const pong = async (): Promise<number> => newestPong(String(await own.call("CLUSTER", "NODES")));
  const end = clock.now() + TICK_WAIT_MS;
  const first = await pong();
  while (clock.now() < end) {
    await clock.sleep(LOOK_MS, signal);
    if ((await pong()) !== first) return;
  }
}
