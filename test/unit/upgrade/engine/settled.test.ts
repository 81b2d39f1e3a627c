import { describe, expect, it } from "vitest";
import { combineViews } from "../../../../src/cluster/topology.js";
import type { Topology, Unreachable, View } from "../../../../src/cluster/types.js";
import type { Pod } from "../../../../src/ports/platform.js";
import { handedOver, settledReplica } from "../../../../src/upgrade/engine/settled.js";
import { handedOver as promote, idOf, makeNodes, makeViews } from "../../cluster/make-cluster.js";

const pod: Pod = {
  name: "rc-0",
  ordinal: 0,
  phase: "running",
  ready: true,
  address: "10.0.0.1",
  port: 6379,
  placement: { pod: "rc-0", host: "a", zone: "a" },
  template: { engine: "redis", version: "7.0.15" },
  uid: "1",
  containerRestarts: 0,
  reason: "",
};

/** The slots of rc-0 are with rc-3; rc-5, of another shard, does not answer and is suspected. */
function withFrozen(change: (view: View) => View = (view) => view): Topology {
  const views = makeViews(promote(makeNodes(), idOf(3)))
    .slice(0, 5)
    .map((view) => ({
      ...view,
      nodes: view.nodes.map((entry) => (entry.id === idOf(5) ? { ...entry, suspected: true } : entry)),
    }))
    .map(change);
  const silent: Unreachable = { address: "10.0.0.6", port: 6379, kind: "timeout", reason: "no answer" };
  return combineViews(views, [silent]);
}

describe("a hand-over", () => {
  it("is over although a node of another shard does not answer; a replaced pod has to wait for it", () => {
    expect(handedOver(withFrozen(), pod)).toEqual({ reached: true, value: true });
    expect(settledReplica(withFrozen(), pod)).toMatchObject({ reached: false });
  });

  it("is not over while one view still has the former owner", () => {
    const before = makeViews()[2]?.nodes ?? [];
    const behind = withFrozen((view) => (view.nodeId === idOf(2) ? { ...view, nodes: before } : view));
    expect(handedOver(behind, pod)).toMatchObject({ reached: false, reason: expect.stringContaining("10.0.0.1") });
  });

  it("is not over while the former owner does not follow", () => {
    const apart = withFrozen((view) =>
      view.nodeId === idOf(0) ? { ...view, server: { ...view.server, primaryLinkUp: false } } : view,
    );
    expect(handedOver(apart, pod)).toEqual({ reached: false, reason: "rc-0: link to its primary is down" });
    expect(handedOver(combineViews(makeViews(), []), pod)).toEqual({ reached: false, reason: "rc-0 is a primary" });
  });
});
