import { describe, expect, it } from "vitest";
import { sanitizeNodesConf } from "../../../src/cluster/nodes-conf.js";

const id = "a".repeat(40);
const file = (place: string): string =>
  `${id} ${place} myself,master - 0 1 3 connected 0-5460\nvars currentEpoch 6 lastVoteEpoch 0\n`;
const full = `10.0.0.1:6379@16379,rc-0,shard-id=${id},nodename=n,tcp-port=6379,client-ipv4=10.0.0.9`;

describe("sanitizeNodesConf", () => {
  it("leaves a file alone that has nothing to remove", () => {
    const plain = file("10.0.0.1:6379@16379");
    expect(sanitizeNodesConf(plain, "redis", "7.0.15")).toEqual({ text: plain, removed: [] });
    const named = file("10.0.0.1:6379@16379,rc-0");
    expect(sanitizeNodesConf(named, "redis", "7.0.15")).toEqual({ text: named, removed: [] });
    const sharded = file(`10.0.0.1:6379@16379,,shard-id=${id}`);
    expect(sanitizeNodesConf(sharded, "redis", "7.2.6")).toEqual({ text: sharded, removed: [] });
  });

  it("removes every field behind the host name for Redis 7.0, which takes them for a part of it", () => {
    expect(sanitizeNodesConf(file(`10.0.0.1:6379@16379,,shard-id=${id}`), "redis", "7.0.15")).toEqual({
      text: file("10.0.0.1:6379@16379"),
      removed: ["shard-id"],
    });
    expect(sanitizeNodesConf(file(full), "redis", "7.0.15").text).toBe(file("10.0.0.1:6379@16379,rc-0"));
  });

  it("removes what only Valkey knows for Redis 8 and Valkey 7.2", () => {
    const expected = { text: file(full.replace(",client-ipv4=10.0.0.9", "")), removed: ["client-ipv4"] };
    expect(sanitizeNodesConf(file(full), "redis", "8.0.6")).toEqual(expected);
    expect(sanitizeNodesConf(file(full), "valkey", "7.2.7")).toEqual(expected);
    expect(sanitizeNodesConf(file(full), "valkey", "8.1.1")).toEqual({ text: file(full), removed: [] });
  });

  it("keeps fields that it does not know for a Valkey that may", () => {
    const zoned = file(`${full},availability-zone=a`);
    expect(sanitizeNodesConf(zoned, "valkey", "9.1.2").text).toBe(zoned);
    expect(sanitizeNodesConf(zoned, "valkey", "8.1.1").removed).toEqual(["availability-zone"]);
  });

  it("removes a client address that is a secret of Redis 8, on which Valkey refuses to start", () => {
    const poisoned = file(`10.0.0.1:6379@16379,,shard-id=${id},client-ipv4=${"c".repeat(40)}`);
    expect(sanitizeNodesConf(poisoned, "valkey", "9.1.2")).toEqual({
      text: file(`10.0.0.1:6379@16379,,shard-id=${id}`),
      removed: ["client-ipv4"],
    });
  });
});
