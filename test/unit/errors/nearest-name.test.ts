import { expect, it } from "vitest";
import { nearestName } from "../../../src/errors/nearest-name.js";

const NAMES = ["p99Ms", "stallMs", "lagBytes", "forMs"];

it.each([
  ["p99ms", "p99Ms"],
  ["p99", "p99Ms"],
  ["stalMs", "stallMs"],
  ["lag_bytes", "lagBytes"],
  ["zebra", undefined],
  ["", undefined],
])("for %j it suggests %j", (wrong, name) => {
  expect(nearestName(wrong, NAMES)).toBe(name);
});
