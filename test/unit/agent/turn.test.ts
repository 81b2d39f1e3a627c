import { describe, expect, it } from "vitest";
import type { Memory, MemoryStore } from "../../../src/agent/memory.js";
import type { Peers } from "../../../src/agent/peers.js";
import { createPromiseKeeper, createTurn, type PromiseKeeper, type TurnCall } from "../../../src/agent/turn.js";
import type { AgentStatus } from "../../../src/agent/status.js";
import type { Clock } from "../../../src/ports/clock.js";

function memory(): MemoryStore {
  let stored: Memory = { cluster: "c", formed: true, bootId: "", running: true };
  return { remembered: true, get: () => stored, update: (change) => void (stored = { ...stored, ...change }) };
}

const keeper = (store = memory()): PromiseKeeper => createPromiseKeeper(store, () => false);

/** Agents that can be asked without a network; `down` ones do not answer. */
function network(
  keepers: ReadonlyMap<string, PromiseKeeper>,
  self: string,
  down: ReadonlySet<string> = new Set(),
): Peers {
  const statuses = [...keepers.keys()].filter((pod) => pod !== self).map((pod) => ({ pod }) as AgentStatus);
  return {
    statuses: () => statuses,
    refresh: async () => statuses,
    addressOf: () => undefined,
    post: async <Reply>(pod: string, _path: string, body: unknown) => {
      if (down.has(pod)) throw new Error(`${pod} is down`);
      return keepers.get(pod)?.answer(body as TurnCall) as Reply;
    },
  };
}

function fakeClock(): Clock {
  let now = 0;
  return { now: () => now, sleep: async (ms) => void (now += ms) };
}

describe("a promise of the turn", () => {
  it("goes to one asker at a time", () => {
    const one = keeper();
    expect(one.answer({ holder: "a" }).granted).toBe(true);
    expect(one.answer({ holder: "b" })).toEqual({ granted: false, reason: "promised to a" });
  });

  it("is renewed for its holder and free again when given back", () => {
    const one = keeper();
    one.answer({ holder: "a" });
    expect(one.answer({ holder: "a" }).granted).toBe(true);
    one.answer({ holder: "a", release: true });
    expect(one.answer({ holder: "b" }).granted).toBe(true);
  });

  it("cannot be given back by another", () => {
    const one = keeper();
    one.answer({ holder: "a" });
    one.answer({ holder: "b", release: true });
    expect(one.answer({ holder: "b" }).granted).toBe(false);
  });

  it("survives a restart of the agent, because it is kept in the volume", () => {
    const store = memory();
    keeper(store).answer({ holder: "a" });
    expect(keeper(store).answer({ holder: "b" }).granted).toBe(false);
  });

  it("runs out", () => {
    const store = memory();
    store.update({ promise: { holder: "a", untilMs: Date.now() - 1 } });
    expect(keeper(store).answer({ holder: "b" }).granted).toBe(true);
  });

  it("is given by nobody who may have forgotten one", () => {
    expect(createPromiseKeeper(memory(), () => true).answer({ holder: "a" }).granted).toBe(false);
  });
});

describe("the turn", () => {
  const pods = ["a", "b", "c", "d", "e", "f"];
  const world = (): Map<string, PromiseKeeper> => new Map(pods.map((pod) => [pod, keeper()]));
  const turnOf = (pod: string, keepers: Map<string, PromiseKeeper>, down?: ReadonlySet<string>) =>
    createTurn({
      pod,
      agents: () => pods.length,
      keeper: keepers.get(pod) as PromiseKeeper,
      peers: network(keepers, pod, down),
      clock: fakeClock(),
    });

  it("is held by one pod only", async () => {
    const keepers = world();
    expect(await turnOf("a", keepers).take({ deadline: 1000, onWait: () => undefined })).toBe(true);
    expect(await turnOf("b", keepers).take({ deadline: 1000, onWait: () => undefined })).toBe(false);
  });

  it("goes to the next when it is given back", async () => {
    const keepers = world();
    const first = turnOf("a", keepers);
    await first.take({ deadline: 1000, onWait: () => undefined });
    await first.giveBack();
    expect(await turnOf("b", keepers).take({ deadline: 1000, onWait: () => undefined })).toBe(true);
  });

  it("needs a majority of all agents, not of those that answer", async () => {
    const keepers = world();
    expect(await turnOf("a", keepers, new Set(["d", "e"])).take({ deadline: 1000, onWait: () => undefined })).toBe(
      true,
    );
    const reasons: string[] = [];
    const alone = turnOf("a", world(), new Set(["c", "d", "e"]));
    expect(await alone.take({ deadline: 1000, onWait: (reason) => reasons.push(reason) })).toBe(false);
    expect(reasons[0]).toContain("3 of 4 promises");
  });
});
