import { createAcknowledgedSet } from "./acknowledged-set.js";

/** One write. INCR: each key once. SET: the key's next sequence. */
export type WitnessCommand =
  | { readonly kind: "incr"; readonly index: number }
  | { readonly kind: "set"; readonly index: number; readonly sequence: number };

/** What a key must hold in the end, as far as one client knows. */
export type KeyVerdict = "ok" | "lost" | "doubled";

/** What one client has sent and what was acknowledged; decides about the values found afterwards. */
export interface ClientLedger {
  /** The next write: INCR and SET by turns. It counts as sent. */
  next(): WitnessCommand;
  /** @param reply of INCR: the new value */
  acknowledge(command: WitnessCommand, reply: number): void;
  /** The command failed: nobody knows whether it was applied. */
  fail(command: WitnessCommand): void;
  incrKey(index: number): string;
  setKey(index: number): string;
  /** Keys 0 … n-1 were sent. */
  incrCount(): number;
  setCount(): number;
  judgeIncr(index: number, value: string | null): KeyVerdict;
  judgeSet(index: number, value: string | null): KeyVerdict;
}

/** SET keys in use at a time: enough to lie in every shard and to have one free while others stall. */
const SET_KEYS = 64;

/**
 * Makes an empty ledger.
 * @param prefix of all its keys, e.g. `evenkeel:witness:RUN:CLIENT`
 */
export function createClientLedger(prefix: string): ClientLedger {
  const incrs = createAcknowledgedSet();
  const doubledReplies = new Set<number>();
  const sets = createSetKeys();
  let incrCount = 0;
  let turn = 0;

  return {
    next() {
      turn += 1;
      const set = turn % 2 === 0 ? sets.next() : undefined;
      if (set !== undefined) return set;
      // No SET key is free (all wait for an answer): the rate is kept with an INCR.
      incrCount += 1;
      return { kind: "incr", index: incrCount - 1 };
    },
    acknowledge(command, reply) {
      if (command.kind === "set") return sets.acknowledge(command.index, command.sequence);
      incrs.add(command.index);
      if (reply > 1) doubledReplies.add(command.index);
    },
    fail(command) {
      if (command.kind === "set") sets.retire(command.index);
    },
    incrKey: (index) => `${prefix}:i:${index}`,
    setKey: (index) => `${prefix}:s:${index}`,
    incrCount: () => incrCount,
    setCount: () => sets.count(),
    judgeIncr(index, value) {
      const count = value === null ? 0 : Number(value);
      if (count > 1 || doubledReplies.has(index)) return "doubled";
      return incrs.has(index) && count !== 1 ? "lost" : "ok";
    },
    judgeSet: (index, value) => sets.judge(index, value),
  };
}

interface SetKeys {
  next(): WitnessCommand | undefined;
  acknowledge(index: number, sequence: number): void;
  retire(index: number): void;
  count(): number;
  judge(index: number, value: string | null): KeyVerdict;
}

/**
 * One SET at a time per key, or their order at the server would be open. A key whose SET failed is retired and a new one takes
 * its place: the failed write may still arrive, and would look like the loss of a newer one.
 */
function createSetKeys(): SetKeys {
  const lastSent: number[] = Array.from({ length: SET_KEYS }, () => 0);
  const lastAcknowledged: number[] = Array.from({ length: SET_KEYS }, () => 0);
  const free: number[] = lastSent.map((_, index) => index);
  return {
    next() {
      const index = free.shift();
      if (index === undefined) return undefined;
      const sequence = (lastSent[index] ?? 0) + 1;
      lastSent[index] = sequence;
      return { kind: "set", index, sequence };
    },
    acknowledge(index, sequence) {
      lastAcknowledged[index] = sequence;
      free.push(index);
    },
    retire() {
      free.push(lastSent.push(0) - 1);
      lastAcknowledged.push(0);
    },
    count: () => lastSent.length,
    judge(index, value) {
      const acknowledged = lastAcknowledged[index] ?? 0;
      if (acknowledged === 0) return "ok";
      const sequence = Number(value ?? 0);
      return sequence >= acknowledged && sequence <= (lastSent[index] ?? 0) ? "ok" : "lost";
    },
  };
}
