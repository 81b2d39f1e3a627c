import { describe, expect, it } from "vitest";
import type { SlotRange, Topology, TopologyNode } from "../../../../src/cluster/types.js";
import { type CanaryConnection, createCanary } from "../../../../src/upgrade/guard/canary-keys.js";

/** Weather that no real server makes when it is asked to: a server as a map of keys, with a hook before every command. */
interface Server {
  readonly keys: Map<string, string>;
  /** An Error is answered, `gone` breaks the connection before the command is done, `mute` after it. */
  weather: (command: string) => Error | "gone" | "mute" | undefined;
  connections: number;
}

const server = (): Server => ({ keys: new Map(), weather: () => undefined, connections: 0 });

function connectTo(one: Server): CanaryConnection {
  one.connections += 1;
  let closed = false;
  const answer = ([name, key, value]: readonly (string | number)[]): unknown => {
    const weather = one.weather(String(name));
    if (weather instanceof Error) return weather;
    if (weather === "gone") throw new Error("connection closed");
    if (name === "SET") one.keys.set(String(key), String(value));
    if (weather === "mute") throw new Error("no answer within 1000 ms");
    return name === "GET" ? (one.keys.get(String(key)) ?? null) : "OK";
  };
  return {
    get closed() {
      return closed;
    },
    pipeline: async (commands) => {
      try {
        return commands.map(answer);
      } catch (error) {
        closed = true;
        throw error;
      }
    },
    close: () => (closed = true),
  };
}

function node(address: string, primary?: string, slots: readonly SlotRange[] = []): TopologyNode {
  const role = primary === undefined ? "primary" : "replica";
  return { id: address, address, port: 6379, role, configEpoch: 1, slots, ...(primary ? { primaryId: primary } : {}) };
}

const ALL: readonly SlotRange[] = [{ start: 0, end: 16383 }];

/** One shard: `primary` with the replicas. */
function topologyOf(primary: string, replicas: readonly string[] = [], slots = ALL): Topology {
  const lead = node(primary, undefined, slots);
  const followers = replicas.map((address) => node(address, primary));
  return {
    nodes: [lead, ...followers],
    shards: [{ primary: lead, replicas: followers, slots }],
    strays: [],
    views: [],
    unreachable: [],
    disagreements: [],
    slotSignature: "",
    slotsCovered: 16384,
  };
}

function setUp() {
  const servers: Record<string, Server> = { a: server(), b: server() };
  const clock = { nowMs: 0, now: () => clock.nowMs, sleep: async (ms: number) => void (clock.nowMs += ms) };
  const canary = createCanary({ clock, connect: async (address) => connectTo(servers[address] ?? server()) });
  const [a, b] = [servers["a"] ?? server(), servers["b"] ?? server()];
  /** What replication would do. */
  const replicate = () => {
    for (const [key, value] of a.keys) b.keys.set(key, value);
  };
  return { canary, clock, a, b, replicate };
}

const FINE = { lost: 0, stale: 0, unanswered: 0 };

describe("canary keys", () => {
  it("are one a slot range, with a hash tag that lies in it, written again in each round", async () => {
    const { canary, a } = setUp();
    const ranges = [
      { start: 0, end: 99 },
      { start: 200, end: 16383 },
    ];
    expect(await canary.round(topologyOf("a", [], ranges))).toEqual(FINE);
    expect(await canary.round(topologyOf("a", [], ranges))).toEqual(FINE);
    expect([...a.keys]).toEqual([
      [expect.stringMatching(/^evenkeel:canary:\{\d+\}$/), "2"],
      [expect.stringMatching(/^evenkeel:canary:\{\d+\}$/), "2"],
    ]);
    expect(a.connections).toBe(1);
  });

  it("go on above what an earlier run left", async () => {
    const { canary, a } = setUp();
    await canary.round(topologyOf("a"));
    const [key = ""] = a.keys.keys();
    const second = createCanary({ connect: async () => connectTo(a) });
    a.keys.set(key, "41");
    expect(await second.round(topologyOf("a"))).toEqual(FINE);
    expect(a.keys.get(key)).toBe("42");
  });

  it("follow the owner of their slot, and find there what was acknowledged before", async () => {
    const { canary, a, b, replicate } = setUp();
    await canary.round(topologyOf("a"));
    replicate();
    a.weather = () => new Error("MOVED 0 b:6379");
    expect(await canary.round(topologyOf("b", ["a"]))).toMatchObject({ lost: 0 });
    expect([...b.keys.values()]).toEqual(["2"]);
  });

  it.each([
    ["older", "1", /evenkeel:canary:\{0\} at b:6379 holds "1"; write 2 was acknowledged/],
    ["missing", undefined, /holds nothing; write 2 was acknowledged/],
    ["not ours", "x", /holds "x"; write 2 was acknowledged/],
  ])("are lost when the new owner's is %s", async (_, value, reason) => {
    const { canary, b } = setUp();
    await canary.round(topologyOf("a"));
    await canary.round(topologyOf("a"));
    if (value !== undefined) b.keys.set("evenkeel:canary:{0}", value);
    expect(await canary.round(topologyOf("b"))).toEqual({ ...FINE, lost: 1, reason: expect.stringMatching(reason) });
    expect(await canary.round(topologyOf("b"))).toEqual(FINE);
  });

  it("that were not written for ten minutes are expired, not lost", async () => {
    const { canary, clock, a } = setUp();
    await canary.round(topologyOf("a"));
    a.keys.clear();
    clock.nowMs += 600_000;
    expect(await canary.round(topologyOf("a"))).toEqual(FINE);
  });

  it.each(["MOVED 12 b:6379", "CLUSTERDOWN The cluster is down", "LOADING Redis is loading"])(
    "that a node refuses (%s) are unanswered, not lost",
    async (refusal) => {
      const { canary, a } = setUp();
      await canary.round(topologyOf("a"));
      a.weather = () => new Error(refusal);
      expect(await canary.round(topologyOf("a"))).toEqual({
        ...FINE,
        unanswered: 1,
        reason: expect.stringContaining(`{0} at a:6379: ${refusal}`),
      });
    },
  );

  it("of a node that does not answer are unanswered, and it is connected to again", async () => {
    const { canary, a } = setUp();
    await canary.round(topologyOf("a"));
    a.weather = () => "gone";
    expect(await canary.round(topologyOf("a"))).toMatchObject({ lost: 0, unanswered: 1 });
    a.weather = () => undefined;
    expect(await canary.round(topologyOf("a"))).toEqual(FINE);
    expect(a.connections).toBe(2);
  });

  it("of which a write may still arrive are not lost when it arrives late", async () => {
    const { canary, a } = setUp();
    await canary.round(topologyOf("a"));
    a.weather = (command) => (command === "SET" ? "mute" : undefined);
    await canary.round(topologyOf("a"));
    a.weather = () => undefined;
    await canary.round(topologyOf("a"));
    expect(a.keys.get("evenkeel:canary:{0}")).toBe("3");
    a.keys.set("evenkeel:canary:{0}", "2");
    expect(await canary.round(topologyOf("a"))).toEqual(FINE);
    a.keys.set("evenkeel:canary:{0}", "1");
    expect(await canary.round(topologyOf("a"))).toMatchObject({ lost: 1 });
  });
});

describe("canary keys at a replica", () => {
  it("may arrive within the deadline", async () => {
    const { canary, clock, b, replicate } = setUp();
    b.weather = () => {
      if (clock.nowMs >= 400) replicate();
      return undefined;
    };
    expect(await canary.round(topologyOf("a", ["b"]))).toEqual(FINE);
    expect(clock.nowMs).toBeGreaterThanOrEqual(400);
  });

  it("are stale afterwards", async () => {
    const { canary } = setUp();
    expect(await canary.round(topologyOf("a", ["b"]))).toEqual({
      ...FINE,
      stale: 1,
      reason: "replica b:6379 holds null in evenkeel:canary:{0}; write 1 was acknowledged 500 ms ago",
    });
  });

  it("are unanswered while it loads, or is no replica any more", async () => {
    const { canary, b } = setUp();
    b.weather = (command) => (command === "GET" ? new Error("LOADING Redis is loading") : undefined);
    expect(await canary.round(topologyOf("a", ["b"]))).toMatchObject({ ...FINE, unanswered: 1 });
  });
});
