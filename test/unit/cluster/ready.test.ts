import { describe, expect, it } from "vitest";
import { explain, failing } from "../../../src/cluster/conditions.js";
import { readyConditions, type ReadyFacts, type ReadyPeer } from "../../../src/cluster/ready.js";
import { idOf, makeNodes, makeView } from "./make-cluster.js";

const nodes = makeNodes();
const sight = {
  address: "10.0.0.4",
  port: 6379,
  failed: false,
  suspected: false,
  handshake: false,
  linkTo: true,
  linkFrom: true,
};
const peers: ReadyPeer[] = [0, 1, 2].map((index) => ({
  pod: `rc-${index}`,
  nodeId: idOf(index),
  aliveByMajority: true,
  seesMe: sight,
}));
const facts: ReadyFacts = {
  view: makeView(nodes, 3),
  announced: { address: "10.0.0.4", port: 6379 },
  formed: true,
  peers,
  reachedBefore: new Set(),
};
const open = (change: Partial<ReadyFacts>): string => explain(failing(readyConditions({ ...facts, ...change })));
const withServer = (change: object) => ({ view: { ...facts.view, server: { ...facts.view.server, ...change } } });

describe("readyConditions", () => {
  it("hold for a node that all see", () => {
    expect(open({})).toBe("");
  });

  it.each<[string, Partial<ReadyFacts>, string]>([
    ["loads its data", withServer({ loading: true }), "loaded: loading:1"],
    ["is in no cluster yet", { formed: false }, "formed: the cluster is not formed yet"],
    [
      "has its replication link down",
      withServer({ primaryLinkUp: false }),
      "replica.link: the link to 10.0.0.1:6379 is down",
    ],
    [
      "receives a full copy",
      withServer({ syncInProgress: true }),
      "replica.link: the link to 10.0.0.1:6379 is in sync",
    ],
    ["is far behind", { primaryOffset: 3_000_000 }, "replica.lag: 2999000 bytes behind 10.0.0.1:6379"],
    [
      "was moved and does not know it",
      { announced: { address: "10.0.0.99", port: 6379 }, peers: [] },
      "address: it calls itself 10.0.0.4:6379; it is at 10.0.0.99:6379",
    ],
  ])("do not hold while it %s", (_what, change, words) => {
    expect(open(change)).toContain(words);
  });

  it.each<[Partial<typeof sight> | undefined, string]>([
    [undefined, "does not know this node yet"],
    [{ handshake: true }, "does not know this node yet"],
    [{ address: "10.9.9.9" }, "knows this node at 10.9.9.9:6379, not at 10.0.0.4:6379"],
    [{ failed: true }, "holds this node for failed"],
    [{ suspected: true }, "suspects this node"],
    [{ linkTo: false }, "has no link to this node"],
    [{ linkFrom: false }, "has no link from this node"],
  ])("do not hold while a living peer sees %j", (change, words) => {
    const [first, ...rest] = peers;
    if (!first) throw new Error("no peer");
    const { seesMe: _seen, ...blind } = first;
    const one: ReadyPeer = change ? { ...first, seesMe: { ...sight, ...change } } : blind;
    expect(open({ peers: [one, ...rest] })).toBe(`peer.rc-0: ${words}`);
    expect(open({ peers: [{ ...one, aliveByMajority: false }, ...rest] })).toBe("");
    expect(open({ peers: [one, ...rest], reachedBefore: new Set(["rc-0"]) })).toBe("");
  });

  it("do not hold for a node that hears nobody alive", () => {
    expect(open({ peers: [] })).toContain("no peer that a majority holds alive was heard");
    expect(open({ peers: peers.map((peer) => ({ ...peer, aliveByMajority: false })) })).toContain("no peer");
  });

  it("do not depend on the state of the cluster", () => {
    expect(open({ view: { ...facts.view, cluster: { ...facts.view.cluster, state: "fail" } } })).toBe("");
  });
});
