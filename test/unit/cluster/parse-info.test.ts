import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseClusterInfo } from "../../../src/cluster/parse-cluster-info.js";
import { parseInfo } from "../../../src/cluster/parse-info.js";

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const primary = fixture("redis-7.0-info-primary.txt");
const replica = fixture("redis-7.0-info-replica.txt");

describe("parseInfo", () => {
  it("reads a real primary", () => {
    expect(parseInfo(primary)).toMatchObject({
      engine: "redis",
      version: "7.0.15",
      role: "primary",
      replicationOffset: 42,
      replicas: [{ address: "127.77.31.5", port: 6379, state: "online", offset: 42, lagSeconds: 1 }],
      usedMemoryBytes: 1956312,
      maxMemoryBytes: 0,
      loading: false,
      lastSaveOk: true,
      aofEnabled: false,
      syncFull: 1,
      errors: {},
      keys: 0,
    });
    expect(parseInfo(primary)).not.toHaveProperty("primaryLinkUp");
  });

  it("reads a real replica", () => {
    expect(parseInfo(replica)).toMatchObject({
      role: "replica",
      primaryLinkUp: true,
      syncInProgress: false,
      replicationOffset: 42,
      errors: { ERR: 1 },
    });
  });

  it("tells a link that is down, and since when", () => {
    const down = replica.replace("master_link_status:up", "master_link_status:down\nmaster_link_down_since_seconds:7");
    expect(parseInfo(down)).toMatchObject({ primaryLinkUp: false, primaryLinkDownSeconds: 7 });
  });

  it("takes the version of a Valkey from its own field", () => {
    const valkey = primary.replace(
      "redis_version:7.0.15",
      "redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.1.1",
    );
    expect(parseInfo(valkey)).toMatchObject({ engine: "valkey", version: "8.1.1" });
  });

  it("adds up the keys of all databases and the errors by code", () => {
    const used = `${primary}\nerrorstat_MOVED:count=12\ndb0:keys=3,expires=0,avg_ttl=0\ndb1:keys=4,expires=1,avg_ttl=0`;
    expect(parseInfo(used)).toMatchObject({ keys: 7, errors: { MOVED: 12 } });
  });

  it("reads lines that end with a carriage return, as servers send them", () => {
    expect(parseInfo(primary.replaceAll("\n", "\r\n"))).toEqual(parseInfo(primary));
  });

  it("names the field that is missing or no number", () => {
    expect(() => parseInfo("redis_version:7.0.15\n")).toThrow(/process_id is missing/);
    expect(() => parseInfo(primary.replace("used_memory:1956312", "used_memory:much"))).toThrow(/used_memory:much/);
  });
});

describe("parseClusterInfo", () => {
  it("reads a real reply", () => {
    expect(parseClusterInfo(fixture("redis-7.0-cluster-info.txt"))).toEqual({
      state: "ok",
      slotsAssigned: 16384,
      slotsOk: 16384,
      slotsPfail: 0,
      slotsFail: 0,
      knownNodes: 6,
      size: 3,
      currentEpoch: 6,
      myEpoch: 1,
    });
  });

  it("refuses a state that is neither ok nor fail", () => {
    expect(() => parseClusterInfo("cluster_state:maybe")).toThrow(expect.objectContaining({ code: "PARSE_FAILED" }));
  });
});
