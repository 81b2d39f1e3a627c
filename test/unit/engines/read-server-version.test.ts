import { describe, expect, test } from "vitest";
import { parseServerVersion } from "../../../src/platforms/local/engines/read-server-version.js";

describe("the first line of --version", () => {
  test("is read for Redis", () => {
    const text = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=74ef3f1d8a0b5a5d";
    expect(parseServerVersion(text)).toEqual({ engine: "redis", version: "7.0.15" });
  });

  test("is read for Valkey", () => {
    const text = "Valkey server v=8.1.1 sha=00000000:1 malloc=jemalloc-5.3.0 bits=64 build=5b1f8f31";
    expect(parseServerVersion(text)).toEqual({ engine: "valkey", version: "8.1.1" });
  });

  test.each(["", "redis-cli 7.0.15", "Redis server v=unstable", "usage: redis-server"])(
    "says nothing when it is %j",
    (text) => expect(parseServerVersion(text)).toBeUndefined(),
  );
});
