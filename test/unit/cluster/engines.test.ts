import { describe, expect, it } from "vitest";
import { compareVersions, formatEngine, parseEngineSpec, versionMatches } from "../../../src/cluster/engines.js";

describe("engines", () => {
  it.each(["redis@7.0", "redis@8.0.6", "valkey@9"])("are written and read as %s", (text) => {
    expect(formatEngine(parseEngineSpec(text))).toBe(text);
  });

  it.each(["redis", "redis@", "keydb@6", "redis@seven", "redis@7.0.1.2", "redis@7.", ""])(
    "refuse %j as the user's mistake",
    (text) => {
      expect(() => parseEngineSpec(text)).toThrow(
        expect.objectContaining({ code: "ENGINE_UNKNOWN", owner: "user", exitCode: 2 }),
      );
    },
  );

  it("compare versions as numbers, not as text", () => {
    expect(["8.0.10", "8.0.9", "7.2", "10"].toSorted(compareVersions)).toEqual(["7.2", "8.0.9", "8.0.10", "10"]);
    expect(compareVersions("7", "7.0.0")).toBe(0);
  });

  it("match a short version with any that begins so", () => {
    expect(versionMatches("7.0", "7.0.15")).toBe(true);
    expect(versionMatches("7", "7.2.1")).toBe(true);
    expect(versionMatches("7.0", "7.2.1")).toBe(false);
    expect(versionMatches("8.0.6", "8.0")).toBe(false);
    expect(versionMatches("1", "10")).toBe(false);
  });
});
