import type { RunningWitness, WitnessReport } from "../../ports/witness.js";
import type { Guard } from "../guard/guard.js";
import type { EnginePorts } from "./ports.js";

/** A witness that is gone is started again, but not more often than this. */
const AGAIN_MS = 10_000;

/** The witnesses of one run, one after the other. */
export interface WitnessKeeper {
  /** Resolves once the newest one writes; rejects when it could not be started. */
  ready(): Promise<void>;
  /** It ended by itself, and the next one does not run yet. */
  gone(): boolean;
  /** To be called again and again: starts another when one is gone. */
  tend(): Promise<void>;
  /** Ends the present one with its read-back; the next one is being started then. */
  readBack(): Promise<WitnessReport | undefined>;
  /** Ends the last one; the reports of all. */
  end(): Promise<readonly WitnessReport[]>;
}

/** Starts the first witness, where one is wanted; its windows go to the guard. */
export function keepWitness({ clock, startWitness }: EnginePorts, guard: Guard): WitnessKeeper {
  const reports: WitnessReport[] = [];
  let witness: RunningWitness | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let gone = false;

  const launch = async (): Promise<void> => {
    startedAt = clock.now();
    gone = false;
    const started = await startWitness?.();
    witness = started;
    started?.onWindow((window) => guard.addWindow(window));
    started?.ended.catch(() => {
      if (witness !== started) return;
      witness = undefined;
      gone = true;
    });
  };
  let starting = Promise.resolve();
  const start = (): Promise<void> => {
    starting = launch();
    starting.catch(() => undefined);
    return starting;
  };
  const finish = async (): Promise<WitnessReport | undefined> => {
    const running = witness;
    witness = undefined;
    if (!running) return undefined;
    // The pause between two witnesses is ours, not a silence of the clients.
    guard.pauseWitness();
    const report = await running.finish();
    reports.push(report);
    return report;
  };

  void start().catch(() => undefined);
  return {
    ready: () => starting,
    gone: () => gone,
    async tend() {
      if (gone && clock.now() - startedAt > AGAIN_MS) await start().catch(() => (gone = true));
    },
    async readBack() {
      await starting.catch(() => undefined);
      // One that died in the very moment is no verdict on the cluster: the next one goes on judging.
      const finishing = finish().catch(() => undefined);
      // The next one connects while this one reads back, and a little longer: the guard goes on looking at the cluster meanwhile,
      // and a next one that does not come up holds the upgrade.
      void start().catch(() => (gone = true));
      return finishing;
    },
    async end() {
      await starting.catch(() => undefined);
      await finish().catch(() => undefined);
      return reports;
    },
  };
}
