import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterClient } from "./clients/cluster-client.js";
import type { NamedLedger } from "./read-back.js";
import { runInChunks } from "./run-in-chunks.js";

/** Gives INCR keys their time to live while the load runs. */
export interface KeepExpiring {
  /** Catches up with the newest keys and ends. */
  stop(): Promise<void>;
}

export interface KeepExpiringOptions {
  readonly ttlSeconds: number;
  /** Told of failures; they are tried again with the next round. */
  readonly onError: (error: unknown) => void;
}

const ROUND_MS = 1000;
/** One round may not hold up the next for long. */
const ROUND_DEADLINE_MS = 10_000;

/**
 * INCR cannot set a time to live, so it is set afterwards, in batches, by a client that is not part of the load. At half of
 * their time all keys get the full time again: none may expire before it was read back.
 */
export function keepExpiring(
  client: Pick<ClusterClient, "expire">,
  ledgers: readonly NamedLedger[],
  options: KeepExpiringOptions,
): KeepExpiring {
  const stopping = new AbortController();
  const done = ledgers.map(() => 0);
  /** Sent, and not there yet when its turn came: its INCR was still on the way, or failed. */
  const early = ledgers.map(() => new Set<number>());
  let sweptMs = performance.now();

  async function round(): Promise<void> {
    if (performance.now() - sweptMs > (options.ttlSeconds * 1000) / 2) {
      done.fill(0);
      sweptMs = performance.now();
    }
    for (const [place, { ledger }] of ledgers.entries()) {
      const from = done[place] ?? 0;
      const to = ledger.incrCount();
      const again = early[place] ?? new Set();
      const expire = async (index: number): Promise<void> => {
        if (await client.expire(ledger.incrKey(index), options.ttlSeconds)) again.delete(index);
        else again.add(index);
      };
      await runInChunks([...again, ...numbers(from, to)], expire, {
        what: "set the time to live of",
        deadlineMs: ROUND_DEADLINE_MS,
      });
      done[place] = to;
    }
  }
  const tryRound = () => round().catch(options.onError);

  const rounds = (async () => {
    while (!stopping.signal.aborted) {
      await tryRound();
      await sleep(ROUND_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await tryRound();
  })();
  return {
    async stop() {
      stopping.abort();
      await rounds;
    },
  };
}

function* numbers(from: number, to: number): Generator<number> {
  for (let number = from; number < to; number += 1) yield number;
}
