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
    };
  });
}

const six = makePods(["a", "b", "c", "a", "b", "c"]);

describe("planFormation", () => {
  it("makes the first ordinals primaries with even slots and epochs of their own", () => {
    expect(planFormation(six, { shards: 3, replicas: 1 }).primaries).toEqual([
      { ordinal: 0, slots: { start: 0, end: 5460 }, epoch: 1 },
      { ordinal: 1, slots: { start: 5461, end: 10922 }, epoch: 2 },
      { ordinal: 2, slots: { start: 10923, end: 16383 }, epoch: 3 },
    ]);
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
        const { replicas } = planFormation(pods, { shards: 3, replicas: 1 });
        expect(replicas.map((one) => one.primaryOrdinal).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
        const shared = (order: readonly number[]): number =>
          order.filter((primary, index) => hosts[primary] === hosts[3 + index]).length;
        const orders = [
          [0, 1, 2],
          [0, 2, 1],
          [1, 0, 2],
          [1, 2, 0],
          [2, 0, 1],
          [2, 1, 0],
        ];
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
