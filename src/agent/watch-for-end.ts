import type { Agent } from "./agent.js";

const LOOK_MS = 250;
/** So long must it look as if all is to end: statuses of peers are up to a second old. */
const SURE_AFTER_MS = 1500;

/** Why a hand-over is in vain; undefined when it is not. */
async function whyInVain(agent: Pick<Agent, "state" | "peers" | "isRemoved">): Promise<string | undefined> {
  if (!agent.state.stopping) return undefined;
  const peers = agent.peers.statuses();
  if (peers.length > 0 && peers.every((peer) => peer.stopping)) return "all pods of the cluster are being stopped";
  return (await agent.isRemoved()) ? "the cluster is being removed" : undefined;
}

/**
 * Aborts when this pod is stopped together with all others, for a cluster that is taken down as a whole: without it every
 * primary would wait out its grace period for a replica that never comes.
 */
export function watchForEnd(agent: Pick<Agent, "state" | "peers" | "isRemoved" | "clock">): {
  readonly signal: AbortSignal;
  close(): void;
} {
  const end = new AbortController();
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    let since: number | undefined;
    while (!over.signal.aborted) {
      const why = await whyInVain(agent);
      since = why === undefined ? undefined : (since ?? agent.clock.now());
      if (why !== undefined && since !== undefined && agent.clock.now() - since >= SURE_AFTER_MS) {
        end.abort(why);
        return;
      }
      await agent.clock.sleep(LOOK_MS, over.signal);
    }
  };
  watch().catch(() => undefined);
  return { signal: end.signal, close: () => over.abort() };
}
