import { expect, test } from "vitest";
import { agePrices, compareRegions } from "../../../../src/infra/cost/compare-regions.js";
import { estimateCost } from "../../../../src/infra/cost/estimate.js";
import { environment } from "../fixtures/environment-file.js";

const itemUsd = (what: string, ...rest: Parameters<typeof estimateCost>): number | undefined =>
  estimateCost(...rest).items.find((item) => item.what.startsWith(what))?.usd;

test("a demo in us-east-1 is the sum of its list prices", () => {
  // 0.10 x 730 + 2 x 0.0416 x 730 + 148 x 0.08 + (0.045 + 0.005) x 730 + 1
  const expected = 73 + 60.74 + 8 + 3.84 + 32.85 + 3.65 + 1;
  expect(estimateCost(environment()).totalUsd).toBeCloseTo(expected, 2);
});

test("a NAT gateway in the second zone costs 36.50 more in us-east-1, its address included", () => {
  const [single, both] = [
    estimateCost(environment(), { nat: "single" }),
    estimateCost(environment(), { nat: "per-zone" }),
  ];
  expect(both.totalUsd - single.totalUsd).toBeCloseTo(36.5, 2);
});

test("spot changes the machines only", () => {
  expect(itemUsd("t3.medium node, spot", environment(), { capacity: "spot" })).toBeCloseTo(60.74 * 0.47, 1);
  expect(itemUsd("NAT", environment(), { capacity: "spot" })).toBe(32.85);
});

test("us-east-1 is compared with six other regions, and is not 20 % cheaper than Frankfurt", () => {
  const regions = compareRegions(environment());
  expect(regions).toHaveLength(7);
  const cheaper = Object.fromEntries(regions.map(({ region, baseCheaperPercent }) => [region, baseCheaperPercent]));
  expect(cheaper).toEqual({
    "us-east-1": 0,
    "us-west-2": 0,
    "eu-central-1": 8.4,
    "eu-west-1": 4.8,
    "ap-southeast-1": 13.6,
    "ap-northeast-1": 15.5,
    "sa-east-1": 31.2,
  });
});

test("what nobody could show us is unknown, and so is the comparison", () => {
  const unknown = estimateCost(environment("    nodes: { instanceTypes: [r7g.large] }"));
  expect(unknown.complete).toBe(false);
  expect(unknown.items.find(({ what }) => what.startsWith("r7g"))).toEqual({ what: "r7g.large node", count: 2 });
  const [tokyo] = compareRegions(environment("    interfaceEndpoints: true")).filter(
    ({ region }) => region === "ap-northeast-1",
  );
  expect(tokyo?.baseCheaperPercent).toBeUndefined();
  expect(estimateCost(environment("    region: eu-south-1")).complete).toBe(false);
});

test("ten endpoints in two zones cost more than the machines", () => {
  expect(itemUsd("interface endpoint", environment("    interfaceEndpoints: true"))).toBeCloseTo(146, 2);
});

test("it says how old the oldest price is", () => {
  const age = agePrices([estimateCost(environment())], Date.parse("2026-11-23T12:00:00Z"));
  expect(age).toMatchObject({ oldest: "2026-08-12", days: 103 });
});
