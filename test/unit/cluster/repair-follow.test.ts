import { describe, expect, it } from "vitest";
import { type PeerFact, planRepair, type RepairFacts } from "../../../src/cluster/repair.js";
import { countSlots } from "../../../src/cluster/slots.js";
import { idOf, makeNodes, makeView } from "./make-cluster.js";

/** The facts of an empty newcomer, rc-6, that is introduced to a healthy cluster of six. */
function factsOf(options: { follow: string; peers?: (peers: PeerFact[]) => PeerFact[]; pods?: number }): RepairFacts {
  const nodes = makeNodes();
  const view = makeView(nodes, 0);
  const self = { ...view.nodes.find((node) => node.self), id: "f".repeat(40), slots: [], primaryId: undefined };
  const { primaryId: _none, ...newcomer } = self;
  const others = nodes.map((node, index): PeerFact => {
    const { id, address, port, role, primaryId, slots } = node;
    const placement = { pod: `rc-${index}`, host: `h${index}`, zone: "z" };
    const follows = primaryId === undefined ? {} : { primaryId };
    return {
      pod: `rc-${index}`,
      nodeId: id,
      address,
      port,
      role,
      ...follows,
      slots: countSlots(slots),
      keys: 5,
      placement,
    };
  });
  const known = makeView(nodes, 1).nodes.map((node) => ({ ...node, self: false, linkConnected: true }));
  return {
    view: {
      ...view,
      nodeId: newcomer.id,
      role: { role: "primary", offset: 0, replicas: [] },
      server: { ...view.server, keys: 0 },
      nodes: [...known, { ...known[0]!, ...newcomer, address: "10.0.0.7", self: true, role: "primary" }],
    },
    announced: { address: "10.0.0.7", port: 6379 },
    placement: { pod: "rc-6", host: "h6", zone: "z" },
    peers: options.peers?.(others) ?? others,
    expected: { shards: 3, replicas: 1, pods: options.pods ?? 7 },
    follow: options.follow,
  };
}
const joins = (facts: RepairFacts): string[] =>
  planRepair(facts).flatMap((action) => (action.kind === "replicate" ? [action.primaryId] : []));

describe("an empty node that was made for a shard", () => {
  it("joins the named primary, though no shard lacks a replica", () => {
    expect(joins(factsOf({ follow: "rc-1" }))).toEqual([idOf(1)]);
  });

  it("joins the shard's present primary when the named pod became a replica", () => {
    const swap = (peers: PeerFact[]): PeerFact[] => {
      const [old, heir] = [peers[1], peers.find((peer) => peer.primaryId === idOf(1))];
      if (!old || !heir) throw new Error("no such shard");
      const { primaryId: _old, ...promoted } = heir;
      return peers.map((peer) => {
        if (peer === old) return { ...old, role: "replica" as const, primaryId: heir.nodeId, slots: 0 };
        return peer === heir ? { ...promoted, role: "primary" as const, slots: old.slots } : peer;
      });
    };
    const heir = makeNodes().find((node) => node.primaryId === idOf(1))?.id;
    expect(joins(factsOf({ follow: "rc-1", peers: swap }))).toEqual([heir]);
  });

  it("waits while the named pod does not answer, and takes an ordinary seat once that pod is gone for good", () => {
    const without = (peers: PeerFact[]): PeerFact[] => peers.filter(({ pod }) => pod !== "rc-1");
    expect(joins(factsOf({ follow: "rc-1", peers: without }))).toEqual([]);
    const lacking = (peers: PeerFact[]): PeerFact[] =>
      peers.filter((peer) => peer.pod !== "rc-9" && peer.primaryId !== idOf(2));
    expect(joins(factsOf({ follow: "rc-9", peers: lacking, pods: 6 }))).toEqual([idOf(2)]);
  });
});
