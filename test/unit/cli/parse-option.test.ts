import { describe, expect, it } from "vitest";
import { parseDuration, parseInteger, parseName } from "../../../src/cli/parse-option.js";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["2m", 120_000],
    ["1.5h", 5_400_000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it.each(["", "10", "0s", "-5s", "1e3s", "ten s", "10 s", "1d"])("%j is refused", (text) => {
    expect(() => parseDuration(text)).toThrow("500ms, 10s or 2m");
  });
});

describe("whole numbers", () => {
  it.each(["0", "101", "1.5", "-1", "0x10", "1e2", "", " 5", "99999999999999999999"])(
    "%j is refused from 1 to 100",
    (text) => {
      expect(() => parseInteger(1, 100)(text)).toThrow("from 1 to 100");
    },
  );
  it("take both bounds", () => {
    expect(["1", "100"].map(parseInteger(1, 100))).toEqual([1, 100]);
  });
});

describe("names of clusters", () => {
  it.each(["default", "a", "blue-2"])("%s is a name", (name) => {
    expect(parseName(name)).toBe(name);
  });
  it.each(["", ".", "../x", "a/b", "A", "-a", "a-", "1a", "a".repeat(41)])(
    "%j is refused: it becomes a folder",
    (name) => {
      expect(() => parseName(name)).toThrow("small letters");
    },
  );
});
