import { keySlot } from "../../cluster/key-slot.js";
import type { Shard, SlotRange, Topology, TopologyNode } from "../../cluster/types.js";
import type { Clock } from "../../ports/clock.js";
import { systemClock } from "../../ports/system-clock.js";
import { type ConnectCanary, createConnections } from "./canary-connections.js";
import { type CanaryKey, createKey, holdsAcknowledged, nextSequence, sequenceOf, settle } from "./canary-key.js";
import { createSlotTags } from "./slot-tags.js";

export type { CanaryConnection, ConnectCanary } from "./canary-connections.js";

export interface CanaryOptions {
  readonly connect: ConnectCanary;
  /** @default the machine's own clock */
  readonly clock?: Clock;
  /** A replica must have a write within this long. @default 500 */
  readonly replicaDeadlineMs?: number;
}

/** What one round found. */
export interface CanaryRound {
  /** Keys whose confirmed write is gone from its primary. */
  readonly lost: number;
  /** Replicas of keys that did not get the write in time. */
  readonly stale: number;
  /** Keys and replicas that could not be asked or refused: nothing is known of them this time. */
  readonly unanswered: number;
  /** The first of what was found, the worst first. */
  readonly reason?: string;
}

export interface Canary {
  /** Reads, writes and reads again every key at the owner of its slot, then reads it at each replica. Never rejects. */
  round(topology: Topology): Promise<CanaryRound>;
  close(): void;
}

const TTL_SECONDS = 600;
/** A little less than the time to live, since our clock and the server's do not start at the same instant. */
const TTL_MS = (TTL_SECONDS - 10) * 1000;
const REPLICA_POLL_MS = 20;

interface Findings {
  readonly lost: string[];
  readonly stale: string[];
  readonly unanswered: string[];
}

/** What a round has at hand. */
interface Round {
  readonly findings: Findings;
  readonly clock: Clock;
  readonly replicaDeadlineMs: number;
  readonly connections: ReturnType<typeof createConnections>;
}

/**
 * Canary keys: one key per slot range, `evenkeel:canary:{tag}`, written and read throughout a change. They live for ten minutes
 * after the last round.
 */
export function createCanary({ connect, clock = systemClock, replicaDeadlineMs = 500 }: CanaryOptions): Canary {
  const connections = createConnections(connect);
  const keys = new Map<number, CanaryKey>();
  const tags = createSlotTags();

  const keysIn = (range: SlotRange): readonly CanaryKey[] => {
    const known = [...keys.values()].filter(({ slot }) => slot >= range.start && slot <= range.end);
    if (known.length > 0) return known;
    const name = `evenkeel:canary:{${tags.tagIn(range)}}`;
    const key = createKey(name, keySlot(name));
    keys.set(key.slot, key);
    return [key];
  };

  return {
    async round(topology) {
      connections.keepOnly(topology.nodes);
      const findings: Findings = { lost: [], stale: [], unanswered: [] };
      const round: Round = { findings, clock, replicaDeadlineMs, connections };
      await Promise.all(topology.shards.map((shard) => visitShard(shard, shard.slots.flatMap(keysIn), round)));
      const [reason] = [...findings.lost, ...findings.stale, ...findings.unanswered];
      return {
        lost: findings.lost.length,
        stale: findings.stale.length,
        unanswered: findings.unanswered.length,
        ...(reason === undefined ? {} : { reason }),
      };
    },
    close: () => connections.keepOnly([]),
  };
}

async function visitShard({ primary, replicas }: Shard, keys: readonly CanaryKey[], round: Round): Promise<void> {
  if (keys.length === 0) return;
  const written = await writeKeys(primary, keys, round);
  await Promise.all(replicas.map((replica) => readReplica(replica, written, round)));
}

const placeOf = ({ address, port }: TopologyNode): string => `${address}:${port}`;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @returns the keys that were written, for the replicas */
async function writeKeys(
  primary: TopologyNode,
  keys: readonly CanaryKey[],
  round: Round,
): Promise<readonly CanaryKey[]> {
  const { findings, clock, connections } = round;
  try {
    const connection = await connections.get(primary, "write");
    const fresh = keys.filter((key) => key.sent === undefined);
    const held = fresh.length === 0 ? [] : await connection.pipeline(fresh.map(({ name }) => ["GET", name]));
    for (const [index, key] of fresh.entries()) {
      // An earlier run may have left it: a replica that holds that value must not look newer than our first write.
      if (!(held[index] instanceof Error)) key.sent = sequenceOf(held[index]) || 0;
    }
    const ready = keys.filter((key) => key.sent !== undefined);
    for (const key of keys.filter((one) => !ready.includes(one))) {
      findings.unanswered.push(`${key.name} at ${placeOf(primary)}: ${messageOf(held[fresh.indexOf(key)])}`);
    }
    const sequences = ready.map(nextSequence);
    const replies = await connection.pipeline(
      ready.flatMap(({ name }, index) => [
        ["GET", name],
        ["SET", name, sequences[index] ?? 0, "EX", TTL_SECONDS],
        ["GET", name],
      ]),
    );
    return ready.filter((key, index) => {
      const [before, set, after] = replies.slice(3 * index, 3 * index + 3);
      const sequence = sequences[index] ?? 0;
      checkHeld(key, before, { place: placeOf(primary), findings, nowMs: clock.now() });
      settle(key, sequence, { applied: !(set instanceof Error), nowMs: clock.now() });
      if (set instanceof Error) {
        findings.unanswered.push(`${key.name} at ${placeOf(primary)}: ${set.message}`);
        return false;
      }
      checkHeld(key, after, { place: placeOf(primary), findings, nowMs: clock.now() });
      return true;
    });
  } catch (error) {
    for (const key of keys) findings.unanswered.push(`${key.name} at ${placeOf(primary)}: ${messageOf(error)}`);
    return [];
  }
}

function checkHeld(
  key: CanaryKey,
  reply: unknown,
  { place, findings, nowMs }: { readonly place: string; readonly findings: Findings; readonly nowMs: number },
): void {
  // A refusal (moved, cluster down) says nothing of the value; the SET beside it is refused too and counted.
  if (reply instanceof Error || holdsAcknowledged(key, sequenceOf(reply), { nowMs, ttlMs: TTL_MS })) return;
  const found = reply === null ? "nothing" : JSON.stringify(reply);
  findings.lost.push(`${key.name} at ${place} holds ${found}; write ${key.acknowledged} was acknowledged`);
}

async function readReplica(replica: TopologyNode, keys: readonly CanaryKey[], round: Round): Promise<void> {
  const { findings, clock, replicaDeadlineMs, connections } = round;
  const endMs = clock.now() + replicaDeadlineMs;
  let waiting = keys;
  try {
    const connection = await connections.get(replica, "read");
    while (waiting.length > 0) {
      const replies = await connection.pipeline(waiting.map(({ name }) => ["GET", name]));
      const late: { readonly key: CanaryKey; readonly reply: unknown }[] = [];
      for (const [index, key] of waiting.entries()) {
        const reply = replies[index];
        if (reply instanceof Error) findings.unanswered.push(`${key.name} at ${placeOf(replica)}: ${reply.message}`);
        else if (!(sequenceOf(reply) >= key.acknowledged)) late.push({ key, reply });
      }
      if (clock.now() >= endMs) {
        for (const { key, reply } of late) {
          findings.stale.push(
            `replica ${placeOf(replica)} holds ${JSON.stringify(reply)} in ${key.name}; write ${key.acknowledged} was acknowledged ${replicaDeadlineMs} ms ago`,
          );
        }
        return;
      }
      waiting = late.map(({ key }) => key);
      if (waiting.length > 0) await clock.sleep(REPLICA_POLL_MS);
    }
  } catch (error) {
    for (const key of waiting) findings.unanswered.push(`${key.name} at ${placeOf(replica)}: ${messageOf(error)}`);
  }
}
