import { TURN_LIMIT_MS } from "../cluster/constants.js";
import type { Clock } from "../ports/clock.js";
import type { MemoryStore } from "./memory.js";
import type { Peers } from "./peers.js";

/** A call for the turn, or its return. */
export interface TurnCall {
  readonly holder: string;
  readonly release?: boolean;
}

export interface TurnReply {
  readonly granted: boolean;
  /** Who holds this agent's promise, or why it gives none yet. */
  readonly reason: string;
}

/** One agent's part in the turn: a promise with a time limit, to one asker at a time. */
export interface PromiseKeeper {
  answer(call: TurnCall): TurnReply;
}

/**
 * Promises are written to the volume before they are given, so a restarted agent has not forgotten one. Only an agent
 * whose volume came back empty into a living cluster may have: it gives none until the longest promise has run out.
 * @param mayHaveForgotten asked at each call
 */
export function createPromiseKeeper(memory: MemoryStore, mayHaveForgotten: () => boolean): PromiseKeeper {
  return {
    answer: ({ holder, release }) => {
      const now = Date.now();
      const promise = memory.get().promise;
      const taken =
        promise !== undefined &&
        promise.holder !== holder &&
        promise.untilMs > now &&
        promise.untilMs <= now + TURN_LIMIT_MS;
      if (release) {
        if (promise?.holder === holder) memory.update({ promise: { holder, untilMs: 0 } });
        return { granted: true, reason: "given back" };
      }
      if (taken) return { granted: false, reason: `promised to ${promise.holder}` };
      if (mayHaveForgotten()) return { granted: false, reason: "started a moment ago with an empty volume" };
      memory.update({ promise: { holder, untilMs: now + TURN_LIMIT_MS } });
      return { granted: true, reason: "" };
    },
  };
}

export interface Turn {
  /** Resolves true when a majority of all agents promised; false when the time ran out. */
  take(options: TakeOptions): Promise<boolean>;
  /** Asks for the promises once more, so that they hold on. */
  renew(): Promise<boolean>;
  giveBack(): Promise<void>;
}

export interface TakeOptions {
  readonly deadline: number;
  readonly onWait: (reason: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface TurnDeps {
  readonly pod: string;
  /** All agents of the cluster, this one included; asked at every call, because pods come and go. */
  readonly agents: () => number;
  readonly keeper: PromiseKeeper;
  readonly peers: Peers;
  readonly clock: Clock;
}

/** The asking side: at most one hand-over runs in the cluster, because two elections at once can deny each other. */
export function createTurn({ pod, agents, keeper, peers, clock }: TurnDeps): Turn {
  const majority = (): number => Math.floor(agents() / 2) + 1;
  const ask = async (release: boolean): Promise<{ granted: number; reasons: string[] }> => {
    const call: TurnCall = { holder: pod, ...(release ? { release } : {}) };
    const own = keeper.answer(call);
    const others = await Promise.all(
      peers.statuses().map(async (peer): Promise<TurnReply> => {
        try {
          return await peers.post<TurnReply>(peer.pod, "/turn", call, 1000);
        } catch (error) {
          return { granted: false, reason: error instanceof Error ? error.message : String(error) };
        }
      }),
    );
    const replies = [own, ...others];
    return {
      granted: replies.filter((reply) => reply.granted).length,
      reasons: [...new Set(replies.filter((reply) => !reply.granted).map((reply) => reply.reason))],
    };
  };
  const giveBack = async (): Promise<void> => {
    await ask(true);
  };
  return {
    take: async ({ deadline, onWait, signal }) => {
      for (;;) {
        const { granted, reasons } = await ask(false);
        if (granted >= majority()) return true;
        // A split helps nobody: give back and come again at a random moment.
        await giveBack();
        onWait(`${granted} of ${majority()} promises; ${reasons.join("; ")}`);
        const pauseMs = 50 + Math.random() * 250;
        if (clock.now() + pauseMs >= deadline) return false;
        await clock.sleep(pauseMs, signal);
        await peers.refresh();
      }
    },
    renew: async () => (await ask(false)).granted >= majority(),
    giveBack,
  };
}
