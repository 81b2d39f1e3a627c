import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseClusterNodes } from "../../../src/cluster/parse-nodes.js";

const real = readFileSync(new URL("fixtures/redis-7.0-nodes.txt", import.meta.url), "utf8");
const id = "a".repeat(40);
const other = "b".repeat(40);
const line = (place: string, flags = "master", rest = "- 0 1 3 connected 0-5"): string =>
  `${id} ${place} ${flags} ${rest}`;
const parse = (text: string) => parseClusterNodes(text)[0];

describe("parseClusterNodes", () => {
  it("counts a slot once, however often a line names it: Redis 8.0 repeats them after CLUSTER SHARDS", () => {
    const start = `${"a".repeat(40)} 127.0.0.1:6379@16379 master - 0 1 3 connected`;
    expect(parseClusterNodes(`${start} 0-5460 0-5460 7000 0-5460 7000`)[0]?.slots).toEqual([
      { start: 0, end: 5460 },
      { start: 7000, end: 7000 },
    ]);
  });

  it("reads the reply of a real Redis 7.0 cluster", () => {
    const nodes = parseClusterNodes(real);
    expect(nodes).toHaveLength(6);
    expect(nodes[0]).toEqual({
      id: "9b95f8b13f614967531ab01059128417ca23c68d",
      address: "127.77.31.1",
      port: 6379,
      busPort: 16379,
      self: true,
      role: "primary",
      failed: false,
      suspected: false,
      handshake: false,
      noAddress: false,
      noFailover: false,
      configEpoch: 1,
      linkConnected: true,
      slots: [{ start: 0, end: 5460 }],
      openSlots: [],
    });
    expect(nodes[1]).toMatchObject({ role: "replica", primaryId: nodes[0]?.id, slots: [] });
  });

  it.each([
    ["10.0.0.1:6379@16379", { address: "10.0.0.1", port: 6379, busPort: 16379 }],
    ["10.0.0.1:6379@16379,rc-1.rc.local", { address: "10.0.0.1", hostname: "rc-1.rc.local" }],
    [`10.0.0.1:6379@16379,rc-1,shard-id=${id}`, { hostname: "rc-1" }],
    ["2001:db8::1:6379@16379", { address: "2001:db8::1", port: 6379 }],
    ["[2001:db8::1]:6379@16379", { address: "2001:db8::1", port: 6379 }],
    [":6379@16379", { address: "", port: 6379 }],
    [":0@0", { address: "", port: 0, busPort: 0 }],
  ])("reads the address %s", (place, expected) => {
    expect(parse(line(place))).toMatchObject(expected);
  });

  it("takes an empty host name before a shard id for none", () => {
    expect(parse(line(`10.0.0.1:6379@16379,,shard-id=${id}`))).not.toHaveProperty("hostname");
  });

  it("tells fail from fail? and reads every flag that matters", () => {
    expect(parse(line("h:1@2", "slave,fail?,nofailover", `${other} 0 1 3 disconnected`))).toMatchObject({
      role: "replica",
      primaryId: other,
      failed: false,
      suspected: true,
      noFailover: true,
      linkConnected: false,
    });
    expect(parse(line("h:1@2", "master,fail"))).toMatchObject({ failed: true, suspected: false });
    expect(parse(line("h:1@2", "master,noaddr,fail"))).toMatchObject({ noAddress: true });
    expect(parse(line("h:1@2", "handshake", "- 0 0 0 disconnected"))).toMatchObject({
      handshake: true,
      role: "primary",
    });
  });

  it("reads single slots, ranges and slots that are being moved", () => {
    const node = parse(line("h:1@2", "myself,master", `- 0 1 3 connected 0-10 20 [100->-${other}] [101-<-${other}]`));
    expect(node?.slots).toEqual([
      { start: 0, end: 10 },
      { start: 20, end: 20 },
    ]);
    expect(node?.openSlots).toEqual([
      { slot: 100, direction: "migrating", peerId: other },
      { slot: 101, direction: "importing", peerId: other },
    ]);
  });

  it.each([
    ["too few fields", "abc"],
    ["no node id", `xyz 10.0.0.1:6379@16379 master - 0 0 1 connected`],
    ["no address", line("nowhere")],
    ["no link state", line("h:1@2", "master", "- 0 0 1 maybe")],
    ["a slot too high", line("h:1@2", "master", "- 0 0 1 connected 16384")],
    ["a range that runs backwards", line("h:1@2", "master", "- 0 0 1 connected 9-3")],
    ["a word that is no slot", line("h:1@2", "master", "- 0 0 1 connected five")],
    ["no epoch", line("h:1@2", "master", "- 0 0 x connected")],
  ])("names the line that has %s", (_what, text) => {
    expect(() => parseClusterNodes(`${real}${text}\n`)).toThrow(
      expect.objectContaining({ code: "PARSE_FAILED", details: expect.objectContaining({ line: text }) }),
    );
  });
});
