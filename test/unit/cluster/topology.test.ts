import { describe, expect, it } from "vitest";
import { combineViews } from "../../../src/cluster/topology.js";
import type { NodeEntry } from "../../../src/cluster/types.js";
import { editEntry, handedOver, idOf, makeNodes, makeView, makeViews } from "./make-cluster.js";

const kinds = (change: Partial<NodeEntry>, about = idOf(1)): string[] =>
  combineViews(editEntry(makeViews(), 0, { about, change }), []).disagreements.map(({ kind }) => kind);

describe("combineViews", () => {
  it("finds nothing to disagree on in a healthy cluster", () => {
    const topology = combineViews(makeViews(), []);
    expect(topology.disagreements).toEqual([]);
    expect(topology.shards.map((shard) => [shard.primary.id, shard.replicas.map((replica) => replica.id)])).toEqual([
      [idOf(0), [idOf(3)]],
      [idOf(1), [idOf(4)]],
      [idOf(2), [idOf(5)]],
    ]);
    expect(topology).toMatchObject({ slotsCovered: 16384, strays: [], unreachable: [] });
  });

  it.each<[string, Partial<NodeEntry>, string?]>([
    ["role", { role: "replica" }],
    ["primary", { primaryId: idOf(2) }, idOf(3)],
    ["slots", { slots: [{ start: 5461, end: 10000 }] }],
    ["address", { address: "10.9.9.9" }],
    ["flags", { failed: true }],
    ["flags", { suspected: true }],
    ["flags", { handshake: true }],
    ["flags", { noAddress: true }],
    ["epoch", { configEpoch: 9 }],
    ["link", { linkConnected: false }],
  ])("names a disagreement on %s", (kind, change, about) => {
    expect(kinds(change, about)).toContain(kind);
  });

  it("names a view that knows fewer nodes, and one with another current epoch", () => {
    const [first, ...rest] = makeViews();
    if (!first) throw new Error("no view");
    const fewer = { ...first, nodes: first.nodes.slice(0, 5), cluster: { ...first.cluster, currentEpoch: 99 } };
    const messages = combineViews([fewer, ...rest], []).disagreements.map(({ kind, message }) => `${kind} ${message}`);
    expect(messages).toContainEqual(expect.stringMatching(/^known-nodes .*5 for 10\.0\.0\.1:6379; 6 for/));
    expect(messages).toContainEqual(expect.stringMatching(/^current-epoch .*99 for 10\.0\.0\.1:6379/));
  });

  it("does not count the empty address that a new node has for itself", () => {
    expect(
      combineViews(editEntry(makeViews(), 1, { about: idOf(1), change: { address: "" } }), []).disagreements,
    ).toEqual([]);
  });

  it("believes a node about its own role, and the highest epoch about slots", () => {
    const before = makeNodes();
    const after = handedOver(before, idOf(3));
    // Only both partners have learned of the hand-over.
    const views = before.map((_, index) => makeView(index === 0 || index === 3 ? after : before, index));
    const topology = combineViews(views, []);
    expect(topology.nodes.find((node) => node.id === idOf(0))).toMatchObject({
      role: "replica",
      primaryId: idOf(3),
      slots: [],
    });
    expect(topology.nodes.find((node) => node.id === idOf(3))).toMatchObject({
      role: "primary",
      slots: [{ start: 0, end: 5460 }],
    });
    expect(topology.slotsCovered).toBe(16384);
    expect(topology.disagreements.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["role", "slots", "primary"]),
    );
  });

  it("decides slot by slot where views differ in part", () => {
    const views = editEntry(makeViews(), 2, {
      about: idOf(2),
      change: { configEpoch: 7, slots: [{ start: 10000, end: 16383 }] },
    });
    const topology = combineViews(views, []);
    expect(topology.nodes.find((node) => node.id === idOf(2))?.slots).toEqual([{ start: 10000, end: 16383 }]);
    expect(topology.nodes.find((node) => node.id === idOf(1))?.slots).toEqual([{ start: 5461, end: 9999 }]);
  });

  it("places a node where it answered, though others remember an old address", () => {
    const nodes = makeNodes();
    const moved = { ...makeView(nodes, 1), address: "10.0.0.200" };
    const topology = combineViews([makeView(nodes, 0), moved], []);
    expect(topology.nodes.find((node) => node.id === idOf(1))?.address).toBe("10.0.0.200");
  });

  it("lists a replica of a replica as a stray", () => {
    const nodes = makeNodes().map((node) => (node.id === idOf(4) ? { ...node, primaryId: idOf(3) } : node));
    expect(combineViews(makeViews(nodes), []).strays.map((node) => node.id)).toEqual([idOf(4)]);
  });

  it("has an empty answer when nobody answered", () => {
    const unreachable = [{ address: "10.0.0.1", port: 6379, kind: "refused" as const, reason: "ECONNREFUSED" }];
    expect(combineViews([], unreachable)).toMatchObject({
      nodes: [],
      shards: [],
      slotsCovered: 0,
      slotSignature: "",
      unreachable,
    });
  });
});
