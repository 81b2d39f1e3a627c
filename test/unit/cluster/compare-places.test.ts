import { describe, expect, it } from "vitest";
import { comparePlaces } from "../../../src/cluster/compare-places.js";

const sort = (addresses: readonly string[]): string[] =>
  addresses
    .map((address) => ({ address, port: 6379 }))
    .toSorted(comparePlaces)
    .map(({ address }) => address);

describe("the order of nodes", () => {
  it("counts the numbers in an address as numbers", () => {
    expect(sort(["127.0.0.10", "127.0.0.9", "10.0.0.2"])).toEqual(["10.0.0.2", "127.0.0.9", "127.0.0.10"]);
    expect(sort(["redis-10.svc", "redis-2.svc", "redis-2"])).toEqual(["redis-2", "redis-2.svc", "redis-10.svc"]);
  });

  it("is by port where the address is the same", () => {
    expect(comparePlaces({ address: "a", port: 7001 }, { address: "a", port: 7000 })).toBeGreaterThan(0);
    expect(comparePlaces({ address: "a", port: 7000 }, { address: "a", port: 7000 })).toBe(0);
  });
});
