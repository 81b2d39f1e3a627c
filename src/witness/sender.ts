import type { WitnessCommand } from "./client-ledger.js";
import type { LoadClient } from "./connect-load-client.js";
import { errorClass } from "./error-class.js";

/** Sends one client's commands and knows which have no answer yet. */
export interface Sender {
  /** @param dueMs when the command was due, on the clock `now` */
  send(dueMs: number): void;
  pendingCount(): number;
  /** When the oldest command without an answer was due; undefined when all are answered. */
  oldestDueMs(): number | undefined;
  /** Counts what is still pending as failed; answers that come later are ignored. */
  giveUp(): void;
}

export interface SenderOptions {
  readonly now: () => number;
  /** 0: keys stay. */
  readonly ttlSeconds: number;
  /** Called once per command. */
  readonly onOutcome: (latencyMs: number, failedAs?: string) => void;
}

/** The class of commands that were never answered. */
export const NO_ANSWER = "no answer";

interface Pending {
  readonly command: WitnessCommand;
  readonly dueMs: number;
}

/** Makes the sender of one client. */
export function createSender({ client, ledger }: LoadClient, options: SenderOptions): Sender {
  const pending = new Set<Pending>();

  async function execute(command: WitnessCommand): Promise<number> {
    if (command.kind === "incr") return client.incr(ledger.incrKey(command.index));
    await client.set(ledger.setKey(command.index), String(command.sequence), options.ttlSeconds);
    return command.sequence;
  }

  function fail(entry: Pending, failedAs: string): void {
    if (!pending.delete(entry)) return;
    ledger.fail(entry.command);
    options.onOutcome(options.now() - entry.dueMs, failedAs);
  }

  return {
    send(dueMs) {
      const entry = { command: ledger.next(), dueMs };
      pending.add(entry);
      execute(entry.command).then(
        (reply) => {
          if (!pending.delete(entry)) return;
          ledger.acknowledge(entry.command, reply);
          options.onOutcome(options.now() - dueMs);
        },
        (error: unknown) => fail(entry, errorClass(error)),
      );
    },
    pendingCount: () => pending.size,
    // Sets keep the order of insertion, and commands are inserted as they become due.
    oldestDueMs: () => pending.values().next().value?.dueMs,
    giveUp() {
      for (const entry of pending) fail(entry, NO_ANSWER);
    },
  };
}
