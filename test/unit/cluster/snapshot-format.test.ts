import { describe, expect, it } from "vitest";
import { readableSnapshot } from "../../../src/cluster/snapshot-format.js";
import type { EngineName } from "../../../src/cluster/types.js";

const header = (magic: string): Uint8Array => new TextEncoder().encode(magic);

describe("readableSnapshot", () => {
  // Which engine starts on whose snapshot, as tried with the engines themselves.
  it.each<[string, EngineName, string, boolean]>([
    ["REDIS0010", "redis", "7.0.15", true],
    ["REDIS0011", "redis", "7.0.15", false],
    ["REDIS0012", "redis", "7.0.15", false],
    ["REDIS0011", "redis", "7.2.6", true],
    ["REDIS0012", "redis", "7.2.6", false],
    ["REDIS0012", "redis", "7.4.1", true],
    ["REDIS0010", "redis", "8.0.6", true],
    ["REDIS0012", "redis", "8.0.6", true],
    ["REDIS0013", "redis", "8.0.6", false],
    ["VALKEY080", "redis", "8.0.6", false],
    ["REDIS0011", "valkey", "7.2.7", true],
    ["REDIS0012", "valkey", "8.1.1", false],
    ["REDIS0012", "valkey", "9.1.2", false],
    ["REDIS0011", "valkey", "9.1.2", true],
    ["VALKEY080", "valkey", "9.1.2", true],
    ["VALKEY080", "valkey", "8.1.1", false],
  ])("%s by %s %s: %s", (magic, engine, version, readable) => {
    expect(readableSnapshot(header(magic), engine, version)).toMatchObject({ readable, format: magic });
  });

  it("leaves a format that it does not know to an engine that is newer than what it knows", () => {
    expect(readableSnapshot(header("REDIS0014"), "redis", "8.4.0").readable).toBe(true);
  });

  it.each(["", "REDIS", "GARBAGE00", "REDIS00xx"])("calls %j no snapshot", (magic) => {
    expect(readableSnapshot(header(magic), "redis", "8.0.6")).toMatchObject({ readable: false, format: "unknown" });
  });
});
