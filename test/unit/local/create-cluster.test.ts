import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCluster } from "../../../src/platforms/local/create-cluster.js";
import type { ClusterShape } from "../../../src/platforms/local/create-cluster.js";
import type { ClusterFile } from "../../../src/platforms/local/cluster-file.js";
import { clusterPaths } from "../../../src/platforms/local/state-paths.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "evenkeel-create-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function create(shape: Partial<ClusterShape> = {}): Promise<ClusterFile> {
  const engine = { engine: "redis", version: "7.0.15", server: ["/usr/bin/redis-server"] } as const;
  return createCluster(
    { home, name: "rc", engine, ...shape },
    { agentProgram: "/agent.mjs", tryBind: async () => "free" },
  );
}

describe("making a cluster's state", () => {
  it("makes three shards with a replica each, every pod on a host of its own, zones in turn", async () => {
    const cluster = await create();
    expect(cluster).toMatchObject({
      schema: 1,
      shards: 3,
      replicas: 1,
      addresses: "stable",
      nodeTimeoutMs: 5000,
      gracePeriodMs: 120_000,
    });
    expect(cluster.placements.map(({ pod, host, zone }) => `${pod} ${host} ${zone}`)).toEqual([
      "rc-0 host-0 zone-a",
      "rc-1 host-1 zone-b",
      "rc-2 host-2 zone-c",
      "rc-3 host-3 zone-a",
      "rc-4 host-4 zone-b",
      "rc-5 host-5 zone-c",
    ]);
  });

  it("gives labels to the pods in turn", async () => {
    const { placements } = await create({ hosts: ["h1", "h2"], zones: ["z1"] });
    expect(placements.map(({ host, zone }) => host + zone)).toEqual(["h1z1", "h2z1", "h1z1", "h2z1", "h1z1", "h2z1"]);
  });

  it("puts a host into one zone, also where the numbers of both do not fit", async () => {
    const { placements } = await create({ hosts: ["h1", "h2", "h3"], zones: ["z1", "z2"] });
    expect(placements.map(({ host, zone }) => host + zone)).toEqual(["h1z1", "h2z2", "h3z1", "h1z1", "h2z2", "h3z1"]);
  });

  it("keeps the token from others and leaves no draft", async () => {
    await create();
    const { tokenFile, podsDir, dir } = clusterPaths(home, "rc");
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(tokenFile, "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(readdirSync(podsDir)).toHaveLength(6);
    expect(readdirSync(join(dir, ".."))).toEqual(["rc"]);
  });

  it.each([
    [{ shards: 2 }, "a cluster of 2 shards cannot outvote the loss of one"],
    [{ shards: 2.5 }, "a cluster of 2.5 shards"],
    [{ replicas: -1 }, "-1 replicas per shard"],
    [{ shards: 51 }, "51 shards with 1 replicas each are 102 pods"],
    [{ name: "../etc" }, '"../etc" is no name'],
    [{ name: "" }, '"" is no name'],
  ])("refuses %o before anything is written", async (shape, message) => {
    await expect(create(shape)).rejects.toMatchObject({
      code: "SHAPE_REFUSED",
      exitCode: 2,
      message: expect.stringContaining(message),
    });
    expect(readdirSync(home)).toEqual([]);
  });

  it("says when the folder cannot be written, and where to", async () => {
    const file = join(home, "a-file");
    writeFileSync(file, "");
    await expect(create({ home: file })).rejects.toMatchObject({
      code: "HOME_NOT_WRITABLE",
      exitCode: 3,
      message: expect.stringContaining(file),
      hint: expect.stringContaining("EVENKEEL_HOME="),
    });
  });

  it("never overwrites a cluster that was made meanwhile", async () => {
    const first = await create();
    await expect(create()).rejects.toMatchObject({ code: "CLUSTER_EXISTS" });
    expect(JSON.parse(readFileSync(clusterPaths(home, "rc").clusterFile, "utf8"))).toEqual(first);
    expect(existsSync(join(home, "clusters", `.rc.${process.pid}.new`))).toBe(false);
  });
});
