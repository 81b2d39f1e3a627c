import { array, assert, constantFrom, integer, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPlacement } from "../../../src/cluster/checks/placement.js";
import { DEFAULT_POLICY } from "../../../src/cluster/checks/index.js";
import { formatSlots } from "../../../src/cluster/slots.js";
import { planPlacement, type PlacementPlan } from "../../../src/cluster/plan-placement.js";
import type { PlacedNode } from "../../../src/cluster/spread.js";
import { combineViews } from "../../../src/cluster/topology.js";
import type { Topology, View } from "../../../src/cluster/types.js";
import { makeLargeCluster } from "../upgrade/plan/large-cluster.js";
import { editServer, handedOver, makeNodes, makeViews, type ModelNode } from "./make-cluster.js";

/** Nodes 0, 1, 2 … stand at `host/zone`, as their pods rc-0, rc-1, rc-2 …; an empty text: nobody knows where. */
function placeAll(places: readonly string[]): PlacedNode[] {
  return places.map((place, index) => {
    const [host = "", zone = "z"] = place.split("/");
    const node = { address: `10.0.0.${index + 1}`, port: 6379 };
    return place === "" ? node : { ...node, placement: { pod: `rc-${index}`, host, zone } };
  });
}

const observe = (views: readonly View[]): Topology => combineViews(views, []);

const tell = ({ handovers }: PlacementPlan): readonly string[] =>
  handovers.map(({ from, to, reason }) => `${from.pod} -> ${to.pod}: ${reason}`);

/** The nodes after all hand-overs of the plan. */
function perform(nodes: readonly ModelNode[], { handovers }: PlacementPlan): readonly ModelNode[] {
  return handovers.reduce((now, { to }) => handedOver(now, nodes[Number(to.pod.slice(3))]?.id ?? ""), nodes);
}

const blocks = (nodes: readonly ModelNode[], facts: readonly PlacedNode[]): boolean =>
  checkPlacement({ topology: observe(makeViews(nodes)), facts, policy: DEFAULT_POLICY }).some(
    ({ id, faults }) => id === "placement.majority" && faults.some(({ severity }) => severity === "block"),
  );

describe("planPlacement", () => {
  it("takes a majority of the primaries off a host, with the fewest hand-overs", () => {
    const plan = planPlacement(observe(makeViews()), placeAll(["a/1", "a/1", "b/2", "b/2", "c/3", "c/3"]));
    expect(tell(plan)).toEqual([
      "rc-1 -> rc-4: host a holds 2 of 3 primaries, c 0; zone 1 holds 2 of 3 primaries, 3 0",
    ]);
    expect(plan.handovers[0]?.slots).toEqual([{ start: 5461, end: 10922 }]);
    expect(Object.fromEntries(plan.before.hosts)).toEqual({ a: 2, b: 1, c: 0 });
    expect(Object.fromEntries(plan.after.hosts)).toEqual({ a: 1, b: 1, c: 1 });
    expect(plan.limits).toEqual([]);
  });

  it("takes a majority of the primaries out of a zone", () => {
    const plan = planPlacement(observe(makeViews()), placeAll(["a/1", "b/1", "c/2", "d/2", "e/3", "f/3"]));
    expect(tell(plan)).toEqual(["rc-1 -> rc-4: zone 1 holds 2 of 3 primaries, 3 0"]);
  });

  it("hands over a shard that is well placed when only so another finds room", () => {
    // The replica of rc-0 stands with rc-1, whose replica alone stands on the empty host; that of rc-2 nobody knows where.
    const plan = planPlacement(observe(makeViews()), placeAll(["a", "b", "a", "b", "c", ""]));
    expect(tell(plan)).toEqual([
      "rc-0 -> rc-3: host a holds 2 of 3 primaries, b 1",
      "rc-1 -> rc-4: host b holds 2 of 3 primaries, c 0",
    ]);
  });

  it("leaves a good placement alone", () => {
    const plan = planPlacement(observe(makeViews()), placeAll(["a/1", "b/2", "c/3", "b/2", "c/3", "a/1"]));
    expect(plan.handovers).toEqual([]);
    expect(plan.limits).toEqual([]);
  });

  it("lets no replica take over that is not in step, and says what that leaves", () => {
    const places = placeAll(["a/1", "a/1", "b/2", "b/2", "c/3", "c/3"]);
    const behind = editServer(editServer(makeViews(), 4, { primaryLinkUp: false }), 3, { syncInProgress: true });
    const plan = planPlacement(observe(behind), places);
    expect(plan.handovers).toEqual([]);
    expect(plan.limits).toEqual([
      "host a keeps 2 of 3 primaries, which hand-overs alone cannot better: no replica elsewhere can take over 0-5460 (10.0.0.4 is receiving a full copy), 5461-10922 (10.0.0.5 has no link to its primary)",
      "zone 1 keeps 2 of 3 primaries, which hand-overs alone cannot better: no replica elsewhere can take over 0-5460 (10.0.0.4 is receiving a full copy), 5461-10922 (10.0.0.5 has no link to its primary)",
    ]);
  });

  it("says that two zones cannot share three primaries, and still evens the hosts", () => {
    const plan = planPlacement(observe(makeViews()), placeAll(["a/1", "a/1", "b/1", "d/2", "c/1", "d/2"]));
    expect(plan.after.hosts.get("a")).toBe(1);
    expect(plan.limits).toEqual([
      "zone 1 keeps 2 of 3 primaries, which hand-overs alone cannot better: no replica elsewhere can take over 5461-10922",
    ]);
  });

  it("moves nothing to or from where nobody knows, and nothing where the platform tells no place", () => {
    expect(planPlacement(observe(makeViews()), placeAll(["", "", "", "", "", ""])).handovers).toEqual([]);
    expect(planPlacement(observe(makeViews()), placeAll(["", "a", "a", "b", "", ""])).handovers).toEqual([]);
  });
});

/** Where each node of the cluster stands, and how many shards it has; hosts stand in one zone each. */
const clusters = tuple(integer({ min: 3, max: 5 }), integer({ min: 1, max: 2 })).chain(([shards, replicas]) =>
  tuple(
    array(constantFrom("a/1", "b/1", "c/2", "d/2", "e/3", "f/3"), {
      minLength: shards * (1 + replicas),
      maxLength: shards * (1 + replicas),
    }),
    constantFrom({ shards, replicas }),
  ),
);

const most = (counts: ReadonlyMap<string, number>): number => Math.max(...counts.values());

describe("planPlacement, whatever the places are", () => {
  it("never makes it worse, and leaves what the check would block on only where it says so", () => {
    assert(
      property(clusters, ([places, size]) => {
        const nodes = makeNodes(size);
        const facts = placeAll(places);
        const plan = planPlacement(observe(makeViews(nodes)), facts);
        expect(most(plan.after.hosts)).toBeLessThanOrEqual(most(plan.before.hosts));
        const after = perform(nodes, plan);
        if (!blocks(nodes, facts)) expect(blocks(after, facts)).toBe(false);
        if (blocks(after, facts)) expect(plan.limits).not.toEqual([]);
      }),
    );
  });

  it("names a replica of the same shard, each shard once", () => {
    assert(
      property(clusters, ([places, size]) => {
        const topology = observe(makeViews(makeNodes(size)));
        const { handovers } = planPlacement(topology, placeAll(places));
        const pod = ({ address }: { readonly address: string }): string => `rc-${Number(address.split(".")[3]) - 1}`;
        for (const { slots, from, to } of handovers) {
          const shard = topology.shards.find((one) => formatSlots(one.slots) === formatSlots(slots));
          expect(shard && pod(shard.primary)).toBe(from.pod);
          expect(shard?.replicas.map(pod)).toContain(to.pod);
        }
        expect(new Set(handovers.map(({ from }) => from.pod)).size).toBe(handovers.length);
      }),
    );
  });

  it("has nothing left to do once it was done", () => {
    assert(
      property(clusters, ([places, size]) => {
        const nodes = makeNodes(size);
        const plan = planPlacement(observe(makeViews(nodes)), placeAll(places));
        const again = planPlacement(observe(makeViews(perform(nodes, plan))), placeAll(places));
        expect(again.handovers).toEqual([]);
        expect(again.before).toEqual(plan.after);
      }),
    );
  });

  it("plans the same from the same", () => {
    assert(
      property(clusters, ([places, size]) => {
        const plan = (): PlacementPlan => planPlacement(observe(makeViews(makeNodes(size))), placeAll(places));
        expect(plan()).toEqual(plan());
      }),
    );
  });

  it("spreads five hundred primaries that crowd a part of the hosts", () => {
    const { topology, pods } = makeLargeCluster(1000, { engine: "redis", version: "7.0.15" });
    // Primaries crowd the first 40 of 100 hosts.
    const placed = pods.map(({ address, port, ordinal, placement }) => {
      const host = ordinal < 500 ? (ordinal * 7) % 40 : (ordinal * 13) % 100;
      return { address, port, placement: { ...placement, host: `host-${host}`, zone: `zone-${host % 3}` } };
    });
    const plan = planPlacement(topology, placed);
    expect(most(plan.before.hosts)).toBe(13);
    expect(most(plan.after.hosts)).toBeLessThanOrEqual(8);
  });
});
