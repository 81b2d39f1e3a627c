import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseLinks } from "../../../src/cluster/parse-links.js";
import { parseRole } from "../../../src/cluster/parse-role.js";
import { buildView, type RawView } from "../../../src/cluster/view.js";

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const links: unknown = JSON.parse(fixture("redis-7.0-links.json"));
const raw: RawView = {
  address: "127.77.31.1",
  port: 6379,
  nodes: fixture("redis-7.0-nodes.txt"),
  clusterInfo: fixture("redis-7.0-cluster-info.txt"),
  info: fixture("redis-7.0-info-primary.txt"),
  role: ["master", 42, [["127.77.31.5", "6379", "42"]]],
  links,
  config: ["cluster-node-timeout", "5000", "cluster-announce-ip", ""],
};

describe("buildView", () => {
  it("puts the replies of a real node together", () => {
    const view = buildView(raw);
    expect(view).toMatchObject({
      nodeId: "9b95f8b13f614967531ab01059128417ca23c68d",
      cluster: { size: 3 },
      server: { version: "7.0.15" },
    });
    expect(view.config).toEqual({ "cluster-node-timeout": "5000", "cluster-announce-ip": "" });
    for (const node of view.nodes.filter((one) => !one.self)) {
      expect(view.links.filter((link) => link.nodeId === node.id).map((link) => link.direction)).toEqual(
        expect.arrayContaining(["to", "from"]),
      );
    }
  });

  it("takes settings as a record too", () => {
    expect(buildView({ ...raw, config: { maxmemory: "0" } }).config).toEqual({ maxmemory: "0" });
  });

  it("refuses a table in which no line is the node's own", () => {
    expect(() => buildView({ ...raw, nodes: raw.nodes.replace("myself,", "") })).toThrow(/myself/);
  });
});

describe("parseRole", () => {
  it("reads a primary and a replica as they came over the wire", () => {
    expect(parseRole(raw.role)).toEqual({
      role: "primary",
      offset: 42,
      replicas: [{ address: "127.77.31.5", port: 6379, offset: 42 }],
    });
    expect(parseRole(["slave", "127.77.31.1", 6379, "connected", 42])).toEqual({
      role: "replica",
      primaryAddress: "127.77.31.1",
      primaryPort: 6379,
      state: "connected",
      offset: 42,
    });
  });

  it.each([[["sentinel", []]], [["slave", "h"]], ["OK"], [undefined], [new Error("NOAUTH")]])("refuses %s", (reply) => {
    expect(() => parseRole(reply)).toThrow(expect.objectContaining({ code: "PARSE_FAILED" }));
  });
});

describe("parseLinks", () => {
  it("reads a link as names and values in turn, and as a map", () => {
    const flat = [
      "direction",
      "to",
      "node",
      "a",
      "create-time",
      5,
      "events",
      "r",
      "send-buffer-allocated",
      9,
      "send-buffer-used",
      3,
    ];
    const expected = [{ direction: "to", nodeId: "a", createdMs: 5, sendBufferBytes: 3 }];
    expect(parseLinks([flat])).toEqual(expected);
    expect(parseLinks([{ direction: "to", node: "a", "create-time": 5, "send-buffer-used": 3 }])).toEqual(expected);
  });

  it("refuses a link without direction", () => {
    expect(() => parseLinks([["node", "a"]])).toThrow(expect.objectContaining({ code: "PARSE_FAILED" }));
    expect(() => parseLinks("ERR")).toThrow(expect.objectContaining({ code: "PARSE_FAILED" }));
  });
});
