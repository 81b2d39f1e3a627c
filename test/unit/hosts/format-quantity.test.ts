import { expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration } from "../../../src/hosts/format-quantity.js";

it.each([
  [0, "0 ms"],
  [0.42, "0.4 ms"],
  [43.4, "43 ms"],
  [3200, "3.2 s"],
  [99_960, "1 m 40 s"],
  [125_000, "2 m 05 s"],
  [3_725_000, "1 h 02 m"],
])("%d ms is written %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it("groups digits and shortens bytes", () => {
  expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([0, 12_300, 3_400_000, 2e9].map(formatBytes)).toEqual(["0 B", "12 kB", "3.4 MB", "2.0 GB"]);
});
