import { describe, expect, it } from "vitest";
import { type PeerFact, planRepair, type RepairAction, type RepairFacts } from "../../../src/cluster/repair.js";
import { countSlots } from "../../../src/cluster/slots.js";
import type { NodeEntry, View } from "../../../src/cluster/types.js";
import { idOf, makeNodes, makeView, type ModelNode } from "./make-cluster.js";

const placementOf = (index: number) => ({ pod: `rc-${index}`, host: `h${index % 3}`, zone: "z" });

const toPeer = (node: ModelNode, index: number): PeerFact => ({
  pod: `rc-${index}`,
  nodeId: node.id,
  address: node.address,
  port: node.port,
  role: node.role,
  ...(node.primaryId === undefined ? {} : { primaryId: node.primaryId }),
  slots: countSlots(node.slots),
  keys: 5,
  placement: placementOf(index),
});

/** The facts of the agent at `index` of a healthy cluster, with changes. */
function factsOf(
  index: number,
  options: { nodes?: readonly ModelNode[]; view?: (view: View) => View; peer?: (peer: PeerFact) => PeerFact } = {},
): RepairFacts {
  const nodes = options.nodes ?? makeNodes();
  const view = makeView(nodes, index);
  const peers = nodes.map(toPeer).filter((_, at) => at !== index);
  return {
    view: options.view?.(view) ?? view,
    announced: { address: view.address, port: view.port },
    placement: placementOf(index),
    peers: options.peer ? peers.map(options.peer) : peers,
    expected: { shards: 3, replicas: 1 },
  };
}

const change =
  (id: string, with_: Partial<NodeEntry>) =>
  (view: View): View => ({
    ...view,
    nodes: view.nodes.map((entry) => (entry.id === id ? { ...entry, ...with_ } : entry)),
  });
const without =
  (id: string) =>
  (view: View): View => ({ ...view, nodes: view.nodes.filter((entry) => entry.id !== id) });
const kinds = (actions: readonly RepairAction[]): string[] => actions.map(({ kind }) => kind);

describe("planRepair", () => {
  it.each([0, 1, 2, 3, 4, 5])("leaves node %i of a healthy cluster alone", (index) => {
    expect(planRepair(factsOf(index))).toEqual([]);
  });

  it("meets a peer that it does not know", () => {
    expect(planRepair(factsOf(0, { view: without(idOf(1)) }))).toEqual([
      { kind: "meet", address: "10.0.0.2", port: 6379, nodeId: idOf(1), reason: expect.stringContaining("not known") },
    ]);
  });

  it("meets a peer at its present address when it knows an old one, or none", () => {
    expect(planRepair(factsOf(0, { view: change(idOf(1), { address: "10.9.9.9" }) }))).toMatchObject([
      { kind: "meet", address: "10.0.0.2" },
    ]);
    expect(planRepair(factsOf(0, { view: change(idOf(1), { noAddress: true }) }))).toMatchObject([
      { kind: "meet", address: "10.0.0.2" },
    ]);
  });

  it("does not ask again while a handshake with that address runs", () => {
    const view = (one: View): View => {
      const [entry] = one.nodes;
      if (!entry) return one;
      return {
        ...without(idOf(1))(one),
        nodes: [
          ...without(idOf(1))(one).nodes,
          { ...entry, id: "9".repeat(40), self: false, handshake: true, address: "10.0.0.2", slots: [] },
        ],
      };
    };
    expect(planRepair(factsOf(0, { view }))).toEqual([]);
  });

  it("leaves a peer alone whose link is down at the right address: the engine dials again by itself", () => {
    expect(planRepair(factsOf(0, { view: change(idOf(1), { linkConnected: false, failed: true }) }))).toEqual([]);
  });

  it("meets itself when it calls itself by an old address", () => {
    expect(planRepair(factsOf(0, { view: change(idOf(0), { address: "10.9.9.9" }) }))).toEqual([
      {
        kind: "meet",
        address: "10.0.0.1",
        port: 6379,
        nodeId: idOf(0),
        reason: "this node still calls itself 10.9.9.9:6379; it is at 10.0.0.1:6379",
      },
    ]);
  });

  describe("as a replica", () => {
    const follows =
      (address: string) =>
      (view: View): View => ({
        ...view,
        role: { role: "replica", primaryAddress: address, primaryPort: 6379, state: "connect", offset: 0 },
      });

    it("follows its primary to its present address", () => {
      expect(planRepair(factsOf(3, { view: follows("10.9.9.9") }))).toEqual([
        { kind: "replicate", primaryId: idOf(0), reason: "it follows 10.9.9.9:6379; rc-0 is at 10.0.0.1:6379" },
      ]);
    });

    it("first corrects its table, from which REPLICATE takes the address", () => {
      const view = (one: View): View => change(idOf(0), { address: "10.9.9.9" })(follows("10.9.9.9")(one));
      expect(kinds(planRepair(factsOf(3, { view })))).toEqual(["meet"]);
    });

    it("follows the primary of its primary when that became a replica", () => {
      const nodes = makeNodes({ shards: 3, replicas: 2 });
      const peer = (one: PeerFact): PeerFact =>
        one.nodeId === idOf(0)
          ? { ...one, role: "replica", primaryId: idOf(6), slots: 0 }
          : one.nodeId === idOf(6)
            ? { ...one, role: "primary", slots: 5461 }
            : one;
      expect(planRepair({ ...factsOf(3, { nodes, peer }), expected: { shards: 3, replicas: 2 } })).toMatchObject([
        { kind: "replicate", primaryId: idOf(6) },
      ]);
    });

    it("does nothing while its primary, which follows it already, is only late in saying so", () => {
      const peer = (one: PeerFact): PeerFact =>
        one.nodeId === idOf(0) ? { ...one, role: "replica", primaryId: idOf(3) } : one;
      expect(planRepair(factsOf(3, { peer }))).toEqual([]);
    });

    it("waits when its primary's agent does not answer", () => {
      const facts = factsOf(3, { view: follows("10.9.9.9") });
      expect(planRepair({ ...facts, peers: facts.peers.filter((peer) => peer.nodeId !== idOf(0)) })).toEqual([]);
    });
  });

  describe("after its volume was lost", () => {
    const newId = "e".repeat(40);
    /** Node 5, the replica of 2, came back as another, empty node. */
    const nodes = makeNodes().map((node, index): ModelNode =>
      index === 5
        ? { id: newId, address: node.address, port: node.port, role: "primary", configEpoch: 0, slots: [] }
        : node,
    );
    const lost = makeNodes()[5];
    if (!lost) throw new Error("no node 5");
    const seenBy = (index: number): RepairFacts => factsOf(index, { nodes: [...nodes, { ...lost, id: idOf(5) }] });
    const withoutLost = (facts: RepairFacts): RepairFacts => ({
      ...facts,
      peers: facts.peers.filter((peer) => peer.nodeId !== idOf(5)),
    });

    it("joins the shard that lacks a replica, once it knows its primary", () => {
      const facts = factsOf(5, { nodes });
      expect(planRepair(facts)).toMatchObject([
        { kind: "replicate", primaryId: idOf(2), reason: expect.stringContaining("0 of 1 replicas") },
      ]);
      expect(kinds(planRepair({ ...facts, view: without(idOf(2))(facts.view) }))).toEqual(["meet"]);
    });

    it("stays as it is when it holds keys, or when no shard lacks a replica", () => {
      const facts = factsOf(5, { nodes });
      expect(planRepair({ ...facts, view: { ...facts.view, server: { ...facts.view.server, keys: 1 } } })).toEqual([]);
      expect(planRepair({ ...facts, expected: { shards: 3, replicas: 0 } })).toEqual([]);
    });

    it("is forgotten under its former id by every other node", () => {
      expect(planRepair(withoutLost(seenBy(0)))).toMatchObject([
        { kind: "forget", nodeId: idOf(5), reason: expect.stringContaining("that of rc-5 now") },
      ]);
    });

    it("is not forgotten while a pod has not answered, nor while it owns slots", () => {
      const facts = withoutLost(seenBy(0));
      expect(planRepair({ ...facts, peers: facts.peers.slice(1) })).toEqual([]);
      const owning = change(idOf(5), { slots: [{ start: 0, end: 0 }], failed: true })(facts.view);
      expect(planRepair({ ...facts, view: owning })).toEqual([]);
    });

    it("is left alone under an id that is no pod's and is alive at an address of its own", () => {
      const facts = withoutLost(seenBy(0));
      expect(planRepair({ ...facts, view: change(idOf(5), { address: "10.7.7.7" })(facts.view) })).toEqual([]);
      expect(
        kinds(planRepair({ ...facts, view: change(idOf(5), { address: "10.7.7.7", failed: true })(facts.view) })),
      ).toEqual(["forget"]);
    });

    it("does not choose the same shard as another node that was lost with it", () => {
      const both = nodes.map((node, index): ModelNode =>
        index === 4
          ? { id: "d".repeat(40), address: node.address, port: node.port, role: "primary", configEpoch: 0, slots: [] }
          : node,
      );
      const empty = (peer: PeerFact): PeerFact =>
        peer.role === "primary" && peer.slots === 0 ? { ...peer, keys: 0 } : peer;
      const chosen = [4, 5]
        .flatMap((index) => planRepair(factsOf(index, { nodes: both, peer: empty })))
        .map((action) => (action.kind === "replicate" ? action.primaryId : action.kind));
      expect(chosen.toSorted()).toEqual([idOf(1), idOf(2)]);
    });
  });
});
