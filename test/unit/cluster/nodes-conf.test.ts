import { describe, expect, it } from "vitest";
import { addShardIds, sanitizeNodesConf } from "../../../src/cluster/nodes-conf.js";

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

describe("addShardIds", () => {
  const [p, q] = ["1".repeat(40), "2".repeat(40)];
  const [r, s] = ["3".repeat(40), "4".repeat(40)];
  const line = (node: string, place: string, primary: string, slots = ""): string =>
    `${node} ${place} ${primary === "-" ? "master" : "slave"} ${primary} 0 1 3 connected${slots}`;
  const old = [
    line(p, "10.0.0.1:6379@16379", "-", " 0-8191"),
    line(r, "10.0.0.3:6379@16379,rc-3", p),
    line(s, "10.0.0.4:6379@16379", r),
    line(q, ":0@0", "-", " 8192-16383"),
    "vars currentEpoch 6 lastVoteEpoch 0",
    "",
  ].join("\n");

  it("gives a primary and all that follow it the same id, and every primary another", () => {
    const expected = [
      line(p, `10.0.0.1:6379@16379,,shard-id=${p}`, "-", " 0-8191"),
      line(r, `10.0.0.3:6379@16379,rc-3,shard-id=${p}`, p),
      line(s, `10.0.0.4:6379@16379,,shard-id=${p}`, r),
      line(q, `:0@0,,shard-id=${q}`, "-", " 8192-16383"),
      "vars currentEpoch 6 lastVoteEpoch 0",
      "",
    ].join("\n");
    for (const [engine, version] of [
      ["redis", "8.0.6"],
      ["redis", "7.2.6"],
      ["valkey", "9.1.2"],
    ] as const)
      expect(addShardIds(old, engine, version)).toBe(expected);
  });

  it("leaves the file of an engine alone that has none, and one that has them", () => {
    expect(addShardIds(old, "redis", "7.0.15")).toBe(old);
    const written = addShardIds(old, "redis", "8.0.6");
    expect(addShardIds(written, "valkey", "8.1.1")).toBe(written);
  });

  it("ends on a file in which two replicas follow each other", () => {
    const circle = [line(p, "10.0.0.1:6379@16379", r), line(r, "10.0.0.3:6379@16379", p)].join("\n");
    expect(addShardIds(circle, "redis", "8.0.6")).toMatch(/shard-id=1{40}[^]*shard-id=3{40}/);
  });
});
