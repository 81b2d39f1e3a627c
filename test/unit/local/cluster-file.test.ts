import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listClusters, readClusterFile } from "../../../src/platforms/local/cluster-file.js";
import { createCluster } from "../../../src/platforms/local/create-cluster.js";
import { clusterPaths } from "../../../src/platforms/local/state-paths.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "evenkeel-cluster-file-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const engine = { engine: "redis", version: "7.0.15", server: ["/usr/bin/redis-server"] } as const;

async function written(): Promise<string> {
  await createCluster({ home, name: "rc", engine }, { agentProgram: "/agent.mjs", tryBind: async () => "free" });
  return clusterPaths(home, "rc").clusterFile;
}

describe("the state file of a cluster", () => {
  it("is read back as it was written", async () => {
    const made = await createCluster(
      { home, name: "rc", engine, serverConfig: ["maxmemory 1gb"], passwordFile: "/secret" },
      { agentProgram: "/agent.mjs", tryBind: async () => "free" },
    );
    expect(readClusterFile(home, "rc")).toEqual(made);
  });

  it.each([
    ["half of it is missing", (text: string) => text.slice(0, 90), /line \d+, column \d+: /],
    [
      "a comma is doubled",
      (text: string) => text.replace('"schema": 1,', '"schema": 1,,'),
      "line 2, column 15: not JSON",
    ],
    ["it is empty", () => "", "line 1, column 1: the file is empty"],
    [
      "a field has a wrong value",
      (text: string) => text.replace('"stable"', '"sometimes"'),
      'addresses: expected "stable" or "pod", found "sometimes"',
    ],
    [
      "a field is missing",
      (text: string) => text.replace('"shards"', '"shard"'),
      "shards: expected a whole number from 1 to 100, found nothing",
    ],
    [
      "an element of a list is wrong",
      (text: string) => text.replace('"zone-b"', "7"),
      "placements[1].zone: expected a text, found 7",
    ],
    [
      "its parts contradict each other",
      (text: string) => text.replace('"replicas": 1', '"replicas": 2'),
      "placements: expected 9 pods, found 6",
    ],
    [
      "it is of a later schema",
      (text: string) => text.replace('"schema": 1', '"schema": 2'),
      "schema: expected 1, found 2",
    ],
  ])("is refused when %s, with the place and the next command", async (_, damage, where) => {
    const file = await written();
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    const read = (): unknown => readClusterFile(home, "rc");
    expect(read).toThrow(expect.objectContaining({ code: "STATE_CORRUPT", exitCode: 3 }));
    expect(read).toThrow(file);
    expect(read).toThrow(where);
    expect(read).toThrow(expect.objectContaining({ hint: expect.stringContaining("evenkeel down --name rc --purge") }));
  });

  it("that is missing is named with those that exist", async () => {
    expect(() => readClusterFile(home, "rc")).toThrow(
      expect.objectContaining({ code: "CLUSTER_NOT_FOUND", hint: "make one: evenkeel up --name rc" }),
    );
    await written();
    expect(() => readClusterFile(home, "other")).toThrow(expect.objectContaining({ hint: "clusters here: rc" }));
    expect(listClusters(home)).toEqual(["rc"]);
    expect(listClusters(join(home, "nowhere"))).toEqual([]);
  });
});
