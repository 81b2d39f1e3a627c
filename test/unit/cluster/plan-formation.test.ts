import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { assignLeastCost } from "../../../src/cluster/assign-least-cost.js";
import { type FormationPod, planFormation } from "../../../src/cluster/plan-formation.js";

function makePods(places: readonly string[]): FormationPod[] {
  return places.map((place, ordinal) => {
    const [host = "", zone = "z"] = place.split("/");
    return {
      ordinal,
      pod: `rc-${ordinal}`,
      address: `10.0.0.${ordinal + 1}`,
      port: 6379,
      placement: { pod: `rc-${ordinal}`, host, zone },
      slots: [],
    };
  });
}

const primariesOf = (pods: readonly FormationPod[]): number[] =>
  planFormation(pods, { shards: 3, replicas: 1 }).primaries.map(({ ordinal }) => ordinal);

const six = makePods(["a", "b", "c", "a", "b", "c"]);

function permutations(list: readonly number[]): number[][] {
  if (list.length === 0) return [[]];
  return list.flatMap((first) => permutations(list.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}

/** How many primaries too many stand on one host, then in one zone, then how many replicas beside their primary. */
function faultsOf(pods: readonly FormationPod[], replicas: readonly number[], primaries: readonly number[]): number {
  const fullest = (key: "host" | "zone"): number => {
    const held = primaries.map((ordinal) => pods[ordinal]?.placement[key]);
    return Math.max(...held.map((place) => held.filter((one) => one === place).length));
  };
  const hostOf = (ordinal: number | undefined): string | undefined => pods[ordinal ?? -1]?.placement.host;
  const beside = replicas.filter((replica, index) => hostOf(replica) === hostOf(primaries[index])).length;
  return Number(fullest("host") > 1) * 100 + Number(fullest("zone") > 1) * 10 + beside;
}

describe("planFormation", () => {
  it("makes the first ordinals primaries with even slots and epochs of their own", () => {
    expect(planFormation(six, { shards: 3, replicas: 1 }).primaries).toEqual([
      { ordinal: 0, slots: { start: 0, end: 5460 }, epoch: 1 },
      { ordinal: 1, slots: { start: 5461, end: 10922 }, epoch: 2 },
      { ordinal: 2, slots: { start: 10923, end: 16383 }, epoch: 3 },
    ]);
  });

  it("takes others for primaries where the first would put a majority on one host, or in one zone", () => {
    expect(primariesOf(makePods(["a", "a", "b", "b", "c", "c"]))).toEqual([0, 2, 4]);
    expect(primariesOf(makePods(["a/1", "b/1", "c/1", "d/2", "e/2", "f/3"]))).toEqual([0, 3, 5]);
    expect(primariesOf(makePods(["a", "a", "a", "b", "a", "b"]))).toEqual([0, 1, 3]);
  });

  it("puts two on a host sooner than a majority in one zone", () => {
    const pods = makePods(["a/1", "b/1", "c/1", "d/1", "e/1", "f/2", "f/2", "f/2", "g/3", "g/3"]);
    const { primaries } = planFormation(pods, { shards: 5, replicas: 1 });
    expect(primaries.map(({ ordinal }) => ordinal)).toEqual([0, 1, 5, 6, 8]);
  });

  it("leaves a range with whoever owns it, and chooses the others beside them", () => {
    const pods = makePods(["a", "b", "c", "a", "b", "c"]);
    const begun = pods.map((pod) => (pod.ordinal === 4 ? { ...pod, slots: [{ start: 0, end: 5460 }] } : pod));
    expect(primariesOf(begun)).toEqual([4, 0, 2]);
    const partly = pods.map((pod) => (pod.ordinal === 4 ? { ...pod, slots: [{ start: 0, end: 99 }] } : pod));
    expect(primariesOf(partly)).toEqual([0, 1, 2]);
  });

  it("is never blocked by its own placement where any choice of primaries and replicas would pass", () => {
    assert(
      property(array(constantFrom("a/1", "b/1", "c/2", "d/2", "e/3"), { minLength: 6, maxLength: 6 }), (places) => {
        const pods = makePods(places);
        const { primaries, replicas } = planFormation(pods, { shards: 3, replicas: 1 });
        const chosen = faultsOf(
          pods,
          primaries.map(({ ordinal }) => replicas.find((replica) => replica.primaryOrdinal === ordinal)?.ordinal ?? -1),
          primaries.map(({ ordinal }) => ordinal),
        );
        const possible = permutations([0, 1, 2, 3, 4, 5]).map((order) =>
          faultsOf(pods, order.slice(3), order.slice(0, 3)),
        );
        expect(chosen).toBe(Math.min(...possible));
      }),
      { numRuns: 100 },
    );
  });

  it("puts no replica on the host of its primary when that can be avoided", () => {
    const plan = planFormation(six, { shards: 3, replicas: 1 });
    for (const { ordinal, primaryOrdinal } of plan.replicas) {
      expect(six[ordinal]?.placement.host).not.toBe(six[primaryOrdinal]?.placement.host);
    }
  });

  it("prefers another zone, but never at the price of the same host", () => {
    const pods = makePods(["a/1", "b/2", "c/3", "d/1", "e/2", "f/3"]);
    const plan = planFormation(pods, { shards: 3, replicas: 1 });
    for (const { ordinal, primaryOrdinal } of plan.replicas) {
      expect(pods[ordinal]?.placement.zone).not.toBe(pods[primaryOrdinal]?.placement.zone);
    }
  });

  it("works on one host too", () => {
    expect(
      planFormation(makePods(["a", "a", "a", "a", "a", "a"]), { shards: 3, replicas: 1 }).replicas.map(
        (one) => one.primaryOrdinal,
      ),
    ).toEqual([0, 1, 2]);
  });

  it("does not depend on the order in which the pods are listed", () => {
    expect(planFormation(six.toReversed(), { shards: 3, replicas: 1 })).toEqual(
      planFormation(six, { shards: 3, replicas: 1 }),
    );
  });

  it("gives every primary exactly the replicas that were asked for, and shares as few hosts as any assignment can", () => {
    assert(
      property(array(constantFrom("a", "b", "c", "d"), { minLength: 6, maxLength: 6 }), (hosts) => {
        const pods = makePods(hosts);
        const { primaries, replicas } = planFormation(pods, { shards: 3, replicas: 1 });
        const shared = (order: readonly number[]): number =>
          order.filter((primary, index) => hosts[primary] === hosts[replicas[index]?.ordinal ?? -1]).length;
        const orders = permutations(primaries.map(({ ordinal }) => ordinal));
        expect(orders).toContainEqual(replicas.map((one) => one.primaryOrdinal));
        expect(shared(replicas.map((one) => one.primaryOrdinal))).toBe(Math.min(...orders.map(shared)));
      }),
    );
  });

  it("does the sum for the user when there are too few nodes", () => {
    expect(() => planFormation(six, { shards: 3, replicas: 2 })).toThrow(
      expect.objectContaining({
        code: "NOT_ENOUGH_NODES",
        owner: "user",
        message: "3 shards with 2 replicas each are 3 x (1 + 2) = 9 nodes; there are 6",
      }),
    );
  });

  it("refuses fewer than three shards and says why", () => {
    expect(() => planFormation(six, { shards: 2, replicas: 2 })).toThrow(
      /fewer than 3 primaries cannot outvote a failed one/,
    );
  });
});

describe("assignLeastCost", () => {
  it("finds the cheapest assignment where taking the best first does not", () => {
    // Row 0 would take column 0 (1), which forces row 1 to 100.
    expect(
      assignLeastCost([
        [1, 2],
        [1, 100],
      ]),
    ).toEqual([1, 0]);
  });
});
