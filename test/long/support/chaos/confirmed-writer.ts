import { setTimeout as sleep } from "node:timers/promises";
import { connectNode, type NodeConnection } from "../../../../src/redis/connect-node.js";
import { ReplyError } from "../../../../src/redis/reply-error.js";
import type { TestCluster } from "../../../local/support/test-cluster.js";

/** What a writer that asks for a replica's confirmation saw. */
export interface ConfirmedWrites {
  /** Acknowledged and confirmed by `WAIT 1 100`. */
  readonly confirmed: number;
  /** Acknowledged only. */
  readonly unconfirmed: number;
  /** Confirmed and not there at the end: must be none. */
  readonly confirmedLost: readonly string[];
  readonly unconfirmedLost: number;
  /** Longest time without an acknowledged write, of the shard where it was longest. */
  readonly longestGapMs: number;
}

export interface ConfirmedWriter {
  /** Stops writing and reads everything back. */
  finish(): Promise<ConfirmedWrites>;
}

/** One for each of three shards: their slots lie in the first, the second and the last third. */
const TAGS = ["{b}", "{c}", "{a}"] as const;
const WAIT_MS = 100;
const PAUSE_MS = 10;

interface Shard {
  readonly tag: string;
  readonly confirmed: string[];
  readonly unconfirmed: string[];
  lastAt: number;
  longestGapMs: number;
}

/** Follows MOVED and asks every seed in turn: all that a client needs to know of a cluster. */
function createCaller(seeds: readonly { readonly address: string; readonly port: number }[]) {
  let connection: NodeConnection | undefined;
  let turn = 0;
  const to = async (address: string, port: number): Promise<void> => {
    connection?.close();
    connection = undefined;
    connection = await connectNode({ address, port, timeoutMs: 1000 });
  };
  return {
    async call(...command: string[]): Promise<unknown> {
      if (!connection || connection.closed) {
        const seed = seeds[turn++ % seeds.length];
        if (seed) await to(seed.address, seed.port);
      }
      try {
        return await connection?.call(...command);
      } catch (error) {
        const moved = error instanceof ReplyError ? /^MOVED \d+ (\S+):(\d+)$/u.exec(error.message) : null;
        if (moved) await to(moved[1] ?? "", Number(moved[2]));
        throw error;
      }
    },
    close: () => connection?.close(),
  };
}

/** Writes one key after the other into each shard and asks after each whether a replica has it. */
export async function startConfirmedWriter(cluster: TestCluster): Promise<ConfirmedWriter> {
  const seeds = (await cluster.pods()).map(({ address, port }) => ({ address, port }));
  const shards = TAGS.map((tag): Shard => ({
    tag,
    confirmed: [],
    unconfirmed: [],
    lastAt: performance.now(),
    longestGapMs: 0,
  }));
  const stop = new AbortController();

  const write = async (shard: Shard): Promise<void> => {
    const caller = createCaller(seeds);
    for (let n = 0; !stop.signal.aborted; n += 1) {
      const key = `confirmed:${shard.tag}:${n}`;
      try {
        await caller.call("SET", key, key);
        const now = performance.now();
        shard.longestGapMs = Math.max(shard.longestGapMs, now - shard.lastAt);
        shard.lastAt = now;
        const replicas = await caller.call("WAIT", "1", String(WAIT_MS)).catch(() => 0);
        (Number(replicas) >= 1 ? shard.confirmed : shard.unconfirmed).push(key);
      } catch {
        // Moved, refused or no answer: this key is nobody's, the next one is tried.
      }
      await sleep(PAUSE_MS);
    }
    shard.longestGapMs = Math.max(shard.longestGapMs, performance.now() - shard.lastAt);
    caller.close();
  };
  const writing = Promise.all(shards.map(write));
  return {
    async finish() {
      stop.abort();
      await writing;
      const [confirmedLost, unconfirmedLost] = await Promise.all([
        missing(
          seeds,
          shards.flatMap((shard) => shard.confirmed),
        ),
        missing(
          seeds,
          shards.flatMap((shard) => shard.unconfirmed),
        ),
      ]);
      return {
        confirmed: shards.reduce((sum, shard) => sum + shard.confirmed.length, 0),
        unconfirmed: shards.reduce((sum, shard) => sum + shard.unconfirmed.length, 0),
        confirmedLost,
        unconfirmedLost: unconfirmedLost.length,
        longestGapMs: Math.max(...shards.map((shard) => shard.longestGapMs)),
      };
    },
  };
}

/** The keys that no primary has. */
async function missing(seeds: Parameters<typeof createCaller>[0], keys: readonly string[]): Promise<readonly string[]> {
  const caller = createCaller(seeds);
  const absent: string[] = [];
  for (const key of keys) {
    if ((await read(caller, key)) !== key) absent.push(key);
  }
  caller.close();
  return absent;
}

async function read(caller: ReturnType<typeof createCaller>, key: string): Promise<unknown> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await caller.call("GET", key);
    } catch (error) {
      if (attempt === 20) throw error;
      if (!(error instanceof ReplyError)) await sleep(100);
    }
  }
}
