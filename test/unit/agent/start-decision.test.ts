import { describe, expect, it } from "vitest";
import type { VolumeState } from "../../../src/agent/prepare.js";
import { decideStart, type StartFacts } from "../../../src/agent/start-decision.js";
import type { AgentStatus, Sight } from "../../../src/agent/status.js";
import type { NodeEntry } from "../../../src/cluster/types.js";

const entry = (over: Partial<NodeEntry>): NodeEntry => ({
  id: "p",
  address: "127.0.0.1",
  port: 6379,
  busPort: 16379,
  self: true,
  role: "primary",
  failed: false,
  suspected: false,
  handshake: false,
  noAddress: false,
  noFailover: false,
  configEpoch: 1,
  linkConnected: true,
  slots: [{ start: 0, end: 100 }],
  openSlots: [],
  ...over,
});

const PRIMARY: VolumeState = {
  self: entry({}),
  nodes: [entry({}), entry({ id: "r", self: false, role: "replica", primaryId: "p", slots: [] })],
  empty: false,
  unreadable: undefined,
};
const REPLICA: VolumeState = { ...PRIMARY, self: entry({ id: "r", role: "replica", primaryId: "p", slots: [] }) };

const sight = (over: Partial<Sight>): Sight => ({
  nodeId: "p",
  address: "127.0.0.1",
  port: 6379,
  role: "primary",
  slots: 101,
  failed: false,
  suspected: false,
  handshake: false,
  linkTo: true,
  linkFrom: true,
  ...over,
});

function peer(
  pod: string,
  server: Partial<NonNullable<AgentStatus["server"]>>,
  sees: readonly Sight[] = [],
): AgentStatus {
  return {
    pod,
    ordinal: 1,
    cluster: "c",
    phase: "serving",
    reason: "",
    address: "127.0.0.2",
    port: 6379,
    placement: { pod, host: "h", zone: "z" },
    agentUptimeMs: 1,
    processId: 1,
    ready: { ready: true, conditions: [] },
    server: {
      nodeId: pod,
      runId: "x",
      engine: "redis",
      version: "7.0.15",
      role: "primary",
      uptimeMs: 1,
      slots: 0,
      keys: 5,
      replicationOffset: 1,
      knownNodes: 6,
      ...server,
    },
    formed: true,
    sees,
    stopping: false,
    history: { watchedProcessMs: 1, primaryChangedAgoMs: {} },
    movedAside: [],
  };
}

const facts = (over: Partial<StartFacts>): StartFacts => ({
  config: {
    shards: 3,
    replicas: 1,
    engine: "redis",
    version: "7.0.15",
    announceAddress: "127.0.0.1",
    serverPort: 6379,
  },
  volume: PRIMARY,
  hostRestarted: false,
  peers: [],
  heldMs: 0,
  dataGivenUp: false,
  ...over,
});

describe("the decision whether a server may start", () => {
  it("lets a virgin node start", () => {
    expect(decideStart(facts({ volume: { self: undefined, nodes: [], empty: true, unreadable: undefined } }))).toEqual({
      kind: "open",
      moveAside: false,
    });
  });

  it("lets a primary with its data start at once", () => {
    expect(decideStart(facts({}))).toEqual({ kind: "open", moveAside: false });
  });

  it("holds a primary whose data is gone while its replica has data, and names the replica", () => {
    const decision = decideStart(
      facts({ volume: { ...PRIMARY, empty: true }, peers: [peer("rc-3", { role: "replica", primaryId: "p" })] }),
    );
    expect(decision).toMatchObject({ kind: "hold", reason: expect.stringContaining("rc-3") });
  });

  it("lets it start once another node has its slots", () => {
    const decision = decideStart(
      facts({ volume: { ...PRIMARY, empty: true }, peers: [peer("rc-3", { slots: 101 }, [sight({ slots: 0 })])] }),
    );
    expect(decision).toEqual({ kind: "open", moveAside: false, withoutSlots: true });
  });

  it("lets it keep its claim to the slots when it has its data: the engine tells it of the election", () => {
    const peers = [peer("rc-3", { slots: 101 }, [sight({ slots: 0 })])];
    expect(decideStart(facts({ peers }))).toEqual({ kind: "open", moveAside: false });
  });

  it("does not take the word of one that has just joined, and knows no slots yet, for an election", () => {
    const peers = [
      peer("rc-3", { role: "replica", primaryId: "p" }, [sight({})]),
      peer("rc-1", {}, [sight({})]),
      peer("rc-4", {}, [sight({ slots: 0 })]),
    ];
    expect(decideStart(facts({ volume: { ...PRIMARY, empty: true }, peers })).kind).toBe("hold");
  });

  it("lets it start when its replica has nothing either, asked after the server died", () => {
    const emptyReplica = (lookedAgoMs: number): StartFacts =>
      facts({
        volume: { ...PRIMARY, empty: true },
        peers: [peer("rc-3", { role: "replica", primaryId: "p", keys: 0, lookedAgoMs })],
        heldMs: 500,
      });
    expect(decideStart(emptyReplica(100)).kind).toBe("open");
    expect(decideStart(emptyReplica(900))).toMatchObject({
      kind: "hold",
      reason: expect.stringContaining("fresh word from rc-3"),
    });
  });

  describe("on a new volume", () => {
    const virgin: VolumeState = { self: undefined, nodes: [], empty: true, unreadable: undefined };
    const replica = peer("rc-3", { role: "replica", primaryId: "p" }, [sight({})]);

    it("waits for the election when a node with slots is still known at its address", () => {
      expect(decideStart(facts({ volume: virgin, peers: [replica] }))).toMatchObject({
        kind: "hold",
        reason: expect.stringContaining("rc-3"),
      });
    });

    it("starts once that node has no slots any more", () => {
      const elected = peer("rc-3", { slots: 101 }, [sight({ slots: 0 })]);
      expect(decideStart(facts({ volume: virgin, peers: [elected] })).kind).toBe("open");
    });

    it("starts when the node with slots has another address", () => {
      const elsewhere = peer("rc-3", { role: "replica", primaryId: "p" }, [sight({ address: "127.0.0.9" })]);
      expect(decideStart(facts({ volume: virgin, peers: [elsewhere] })).kind).toBe("open");
    });

    it("waits for a replica that does not answer, also when all hold it for failed: only a person knows that it is gone", () => {
      const knows = (failed: boolean): AgentStatus =>
        peer("rc-1", {}, [sight({}), sight({ nodeId: "r", role: "replica", primaryId: "p", slots: 0, failed })]);
      for (const failed of [false, true]) {
        const asked = facts({ volume: virgin, peers: [knows(failed)] });
        expect(decideStart(asked)).toMatchObject({ kind: "hold", reason: expect.stringContaining("6390 OPEN") });
        expect(decideStart({ ...asked, dataGivenUp: true }).kind).toBe("open");
      }
    });

    it("starts when nobody knows a replica of that node", () => {
      expect(decideStart(facts({ volume: virgin, peers: [peer("rc-1", {}, [sight({})])] })).kind).toBe("open");
    });
  });

  describe("with its data gone and no replica that answers", () => {
    const failed = sight({ nodeId: "r", role: "replica", primaryId: "p", slots: 0, failed: true });
    const empty = facts({ volume: { ...PRIMARY, empty: true }, peers: [peer("rc-1", {}, [sight({}), failed])] });

    it("is held, and told the way out, even when all hold the replica for failed: it may come back with the data", () => {
      expect(decideStart(empty)).toMatchObject({ kind: "hold", reason: expect.stringContaining("6390 OPEN") });
    });

    it("starts when a person gives the data up, but not past a replica that has it", () => {
      expect(decideStart({ ...empty, dataGivenUp: true }).kind).toBe("open");
      const copy = peer("rc-3", { role: "replica", primaryId: "p" });
      expect(decideStart({ ...empty, peers: [copy], dataGivenUp: true }).kind).toBe("hold");
    });

    it("starts where shards have no replicas", () => {
      expect(decideStart({ ...empty, config: { ...empty.config, replicas: 0 } }).kind).toBe("open");
    });
  });

  it("moves unreadable data of a replica aside when its primary lives", () => {
    const decision = decideStart(
      facts({ volume: { ...REPLICA, unreadable: "RDB 12" }, peers: [peer("p", { slots: 101 })] }),
    );
    expect(decision).toEqual({ kind: "open", moveAside: true });
  });

  it("never touches unreadable data that is the only copy", () => {
    expect(decideStart(facts({ volume: { ...REPLICA, unreadable: "RDB 12" } }))).toMatchObject({
      kind: "hold",
      reason: expect.stringContaining("RDB 12"),
    });
    expect(decideStart(facts({ volume: { ...PRIMARY, unreadable: "RDB 12" } }))).toMatchObject({
      kind: "hold",
      reason: expect.stringContaining("no other living copy"),
    });
  });

  it("prefers a replica that lived on when the host was restarted without a stop", () => {
    const voters = ["b", "c"].map((pod) => peer(pod, { slots: 100 }));
    const copy = peer("rc-3", { role: "replica", primaryId: "p" });
    expect(decideStart(facts({ hostRestarted: true, peers: [...voters, copy] })).kind).toBe("hold");
  });

  it("does not wait for an election that cannot happen, nor for ever", () => {
    const copy = peer("rc-3", { role: "replica", primaryId: "p" });
    expect(decideStart(facts({ hostRestarted: true, peers: [peer("b", { slots: 100 }), copy] })).kind).toBe("open");
    const voters = ["b", "c"].map((pod) => peer(pod, { slots: 100 }));
    expect(decideStart(facts({ hostRestarted: true, peers: [...voters, copy], heldMs: 61_000 })).kind).toBe("open");
  });
});
