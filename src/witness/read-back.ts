import type { ClientLedger, KeyVerdict } from "./client-ledger.js";
import { runInChunks } from "./run-in-chunks.js";

export interface ReadBackResult {
  readonly lost: number;
  readonly doubled: number;
  readonly clients: Readonly<Record<string, { readonly lost: number; readonly doubled: number }>>;
  /** The first few. */
  readonly lostKeys: readonly string[];
  readonly doubledKeys: readonly string[];
}

export interface NamedLedger {
  readonly name: string;
  readonly ledger: ClientLedger;
}

export interface ReadBackOptions {
  readonly deadlineMs: number;
  readonly onDone: (done: number) => void;
}

const EXAMPLES_MAX = 20;

/**
 * Reads every key that was ever sent and compares it with what was acknowledged.
 * @param get reads one key from its primary
 * @throws EvenkeelError `WITNESS_INCOMPLETE` when not all could be read in time
 */
export async function readBack(
  get: (key: string) => Promise<string | null>,
  ledgers: readonly NamedLedger[],
  options: ReadBackOptions,
): Promise<ReadBackResult> {
  const clients = Object.fromEntries(ledgers.map(({ name }) => [name, { lost: 0, doubled: 0 }]));
  const examples = { lost: [] as string[], doubled: [] as string[] };

  function note(name: string, key: string, verdict: KeyVerdict): void {
    const counts = clients[name];
    if (verdict === "ok" || counts === undefined) return;
    counts[verdict] += 1;
    if (examples[verdict].length < EXAMPLES_MAX) examples[verdict].push(key);
  }

  await runInChunks(
    everyKey(ledgers),
    async ({ name, key, judge }) => {
      note(name, key, judge(await get(key)));
    },
    { what: "read back", ...options },
  );
  const sum = (verdict: "lost" | "doubled") =>
    Object.values(clients).reduce((total, counts) => total + counts[verdict], 0);
  return {
    lost: sum("lost"),
    doubled: sum("doubled"),
    clients,
    lostKeys: examples.lost,
    doubledKeys: examples.doubled,
  };
}

interface SentKey {
  readonly name: string;
  readonly key: string;
  readonly judge: (value: string | null) => KeyVerdict;
}

/** Every key that was sent, made as it is needed: a million strings would not fit the memory bound. */
export function* everyKey(ledgers: readonly NamedLedger[]): Generator<SentKey> {
  for (const { name, ledger } of ledgers) {
    for (let index = 0; index < ledger.incrCount(); index += 1) {
      yield { name, key: ledger.incrKey(index), judge: (value) => ledger.judgeIncr(index, value) };
    }
    for (let index = 0; index < ledger.setCount(); index += 1) {
      yield { name, key: ledger.setKey(index), judge: (value) => ledger.judgeSet(index, value) };
    }
  }
}

/** How many keys `everyKey` yields. */
export function keyCount(ledgers: readonly NamedLedger[]): number {
  return ledgers.reduce((total, { ledger }) => total + ledger.incrCount() + ledger.setCount(), 0);
}
