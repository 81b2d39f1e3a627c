import type { RunningWitness, WitnessReport } from "../../ports/witness.js";
import type { Guard } from "../guard/guard.js";
import type { EnginePorts } from "./ports.js";
import { oneLine } from "./tell-end.js";

/** A witness that is gone is started again, but not more often than this. */
const AGAIN_MS = 10_000;

/** The witnesses of one run, one after the other. */
export interface WitnessKeeper {
  /** Resolves once the newest one writes; rejects when it could not be started. */
  ready(): Promise<void>;
  /** Why there is none: it ended by itself or could not be started, and the next one does not run yet. */
  gone(): string | undefined;
  /** To be called again and again: starts another when one is gone. */
  tend(): void;
  /** Ends the present one with its read-back; the next one is being started then. */
  readBack(): Promise<WitnessReport | undefined>;
  /** Ends the last one; the reports of all. */
  end(): Promise<readonly WitnessReport[]>;
  /** Why what some of them wrote was never read back: one sentence for each. */
  unread(): readonly string[];
}

const messageOf = (error: unknown): string => oneLine(error instanceof Error ? error.message : String(error));

/** Starts the first witness, where one is wanted; its windows go to the guard. */
export function keepWitness({ clock, startWitness }: EnginePorts, guard: Guard): WitnessKeeper {
  const reports: WitnessReport[] = [];
  const unread: string[] = [];
  let witness: RunningWitness | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let launching = false;
  let gone: string | undefined;

  const launch = async (): Promise<void> => {
    startedAt = clock.now();
    const started = await startWitness?.();
    gone = undefined;
    witness = started;
    started?.onWindow((window) => guard.addWindow(window));
    started?.ended.catch((error: unknown) => {
      if (witness !== started) return;
      witness = undefined;
      gone = "the witness ended by itself; it is started again";
      unread.push(`a witness ended by itself, and what it wrote was not read back (${messageOf(error)})`);
    });
  };
  let starting = Promise.resolve();
  const start = (): void => {
    launching = true;
    starting = launch().finally(() => (launching = false));
    starting.catch((error: unknown) => {
      gone = `no witness could be started (${messageOf(error)}); it is tried again`;
    });
  };
  const finish = async (): Promise<WitnessReport | undefined> => {
    const running = witness;
    witness = undefined;
    if (!running) return undefined;
    // The pause between two witnesses is ours, not a silence of the clients.
    guard.pauseWitness();
    try {
      const report = await running.finish();
      reports.push(report);
      return report;
    } catch (error) {
      unread.push(`a witness could not read back what it wrote (${messageOf(error)})`);
      throw error;
    }
  };

  start();
  return {
    ready: () => starting,
    gone: () => gone,
    tend() {
      if (gone !== undefined && !launching && clock.now() - startedAt > AGAIN_MS) start();
    },
    async readBack() {
      await starting.catch(() => undefined);
      // One that died in the very moment is no verdict on the cluster: the next one goes on judging.
      const finishing = finish().catch(() => undefined);
      // The next one connects while this one reads back, and a little longer: the guard goes on looking at the cluster meanwhile,
      // and a next one that does not come up holds the upgrade.
      start();
      return finishing;
    },
    async end() {
      await starting.catch(() => undefined);
      await finish().catch(() => undefined);
      return reports;
    },
    unread: () => unread,
  };
}
