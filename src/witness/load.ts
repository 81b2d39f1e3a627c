import { setTimeout as sleep } from "node:timers/promises";
import type { WitnessWindow } from "../ports/witness.js";
import type { LoadClient } from "./connect-load-client.js";
import { startOpenLoop } from "./open-loop.js";
import { createSender } from "./sender.js";
import { createTally, roundMs, type TallyTotals } from "./tally.js";
import { createWindowTally } from "./window-tally.js";

export interface LoadOptions {
  readonly ratePerSecond: number;
  /** Seconds between two commands of each idle client. */
  readonly idleSeconds: number;
  readonly ttlSeconds: number;
  readonly windowMs: number;
  readonly onWindow: (window: WitnessWindow) => void;
}

export interface LoadResult {
  readonly seconds: number;
  readonly selfLagMs: number;
  readonly all: TallyTotals;
  readonly clients: Readonly<Record<string, TallyTotals>>;
}

/** A load that runs until it is stopped. */
export interface Load {
  /** Sends no more, waits for answers (at most `waitMs`), counts the rest as failed. */
  stop(waitMs: number): Promise<LoadResult>;
}

const PENDING_POLL_MS = 10;
const now = () => performance.now();

/**
 * Starts the load at once.
 * @param busy share the rate
 * @param idle send one command every few seconds each
 */
export function startLoad(busy: readonly LoadClient[], idle: readonly LoadClient[], options: LoadOptions): Load {
  const startedMs = now();
  const everyone = [...busy, ...idle];
  const all = createTally();
  const tallies = new Map(everyone.map(({ name }) => [name, createTally()]));
  const window = createWindowTally(everyone.map(({ name }) => name));
  let selfLagMs = 0;

  const senders = everyone.map((who) =>
    createSender(who, {
      now,
      ttlSeconds: options.ttlSeconds,
      onOutcome(latencyMs, failedAs) {
        all.add(latencyMs, failedAs);
        tallies.get(who.name)?.add(latencyMs, failedAs);
        window.add(who.name, latencyMs, failedAs);
      },
    }),
  );
  const onLag = (lagMs: number) => {
    selfLagMs = Math.max(selfLagMs, lagMs);
    window.lag(lagMs);
  };

  let windowStartedMs = startedMs;
  function closeWindow(): void {
    const endMs = now();
    const oldestDueMs = Math.min(endMs, ...senders.map((sender) => sender.oldestDueMs() ?? endMs));
    options.onWindow(window.close(windowStartedMs - startedMs, endMs - windowStartedMs, endMs - oldestDueMs));
    windowStartedMs = endMs;
  }
  const windows = setInterval(closeWindow, options.windowMs);

  const share = (group: typeof senders, ratePerSecond: number) =>
    startOpenLoop((k, dueMs) => group[k % group.length]?.send(dueMs), { ratePerSecond, now, onLag });
  const stops = [share(senders.slice(0, busy.length), options.ratePerSecond)];
  for (const sender of senders.slice(busy.length)) stops.push(share([sender], 1 / options.idleSeconds));

  return {
    async stop(waitMs) {
      for (const stop of stops) stop();
      const stoppedMs = now();
      while (now() < stoppedMs + waitMs && senders.some((sender) => sender.pendingCount() > 0)) {
        await sleep(PENDING_POLL_MS);
      }
      for (const sender of senders) sender.giveUp();
      clearInterval(windows);
      closeWindow();
      return {
        seconds: roundMs((stoppedMs - startedMs) / 1000),
        selfLagMs: roundMs(selfLagMs),
        all: all.totals(),
        clients: Object.fromEntries([...tallies].map(([name, tally]) => [name, tally.totals()])),
      };
    },
  };
}
