import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readClusterFile, templateFor, writeClusterFile } from "../../../src/platforms/local/cluster-file.js";
import { createCluster } from "../../../src/platforms/local/create-cluster.js";
import { listAside, removeAside } from "../../../src/platforms/local/list-aside.js";
import { localPlatform } from "../../../src/platforms/local/local-platform.js";
import { clusterPaths, podPaths } from "../../../src/platforms/local/state-paths.js";
import type { PodTemplate } from "../../../src/ports/platform.js";

const V7 = { engine: "redis", version: "7.0.15", server: ["/opt/7/redis-server"] } as const;
const V8 = { engine: "redis", version: "8.0.6", server: ["/opt/8/redis-server"] } as const;

let home: string;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "evenkeel-stage-"));
  await createCluster({ home, name: "rc", engine: V7 }, { agentProgram: "/agent.mjs", tryBind: async () => "free" });
});
afterEach(() => rmSync(home, { recursive: true }));

const named = ({ engine, version }: PodTemplate): PodTemplate => ({ engine, version });
const platform = (known: readonly (typeof V7 | typeof V8)[] = [V7, V8]) =>
  localPlatform({
    home,
    name: "rc",
    resolve: async ({ version }) => {
      const found = known.find((each) => each.version === version);
      if (found === undefined) throw new Error(`no ${version} here`);
      return found;
    },
  });

describe("a staged template", () => {
  it("leaves the former one on record, through a second staging and the end of the roll, until it is staged back", async () => {
    const local = platform();
    expect(await local.formerTemplate()).toBeUndefined();
    await local.stage(named(V7));
    expect(await local.formerTemplate()).toBeUndefined();
    await local.stage(named(V8));
    await local.stage(named(V8));
    expect(await local.formerTemplate()).toEqual(named(V7));
    await local.rest();
    expect(existsSync(clusterPaths(home, "rc").targetFile)).toBe(false);
    expect(await local.formerTemplate()).toEqual(named(V7));
    await local.stage(named(V7));
    expect([await local.template(), await local.formerTemplate()]).toEqual([named(V7), undefined]);
  });

  it("that ran before is found also where no search finds its program any more", async () => {
    await platform().stage(named(V8));
    await platform([V8]).stage(named(V7));
    expect(readClusterFile(home, "rc").template).toEqual(V7);
    await expect(platform([]).stage({ engine: "redis", version: "9.9" })).rejects.toThrow("no 9.9 here");
  });

  it("does not count for a pod that was made for another one, until the roll is over", async () => {
    const paths = clusterPaths(home, "rc");
    const local = platform();
    writeClusterFile(paths, { ...readClusterFile(home, "rc"), pods: { "rc-1": { template: V7, follow: "rc-0" } } });
    await local.stage(named(V8));
    expect(templateFor(readClusterFile(home, "rc"), "rc-1")).toEqual(V7);
    expect(templateFor(readClusterFile(home, "rc"), "rc-2")).toEqual(V8);
    await local.stage(named(V7));
    await local.rest();
    expect(readClusterFile(home, "rc").pods).toEqual({ "rc-1": { follow: "rc-0" } });
  });
});

describe("the number of pods that agents read", () => {
  it("follows the cluster's file, up and down", () => {
    const paths = clusterPaths(home, "rc");
    const size = (): unknown => JSON.parse(readFileSync(paths.sizeFile, "utf8"));
    const file = readClusterFile(home, "rc");
    expect(size()).toEqual({ pods: 6 });
    writeClusterFile(paths, {
      ...file,
      pods: {},
      placements: [...file.placements, { pod: "rc-6", host: "h", zone: "z" }],
    });
    expect(size()).toEqual({ pods: 7 });
    writeClusterFile(paths, { ...file, pods: {}, placements: file.placements.slice(0, 5) });
    expect(size()).toEqual({ pods: 5 });
    expect(readClusterFile(home, "rc").placements.length).toBe(5);
  });
});

describe("what was moved aside", () => {
  it("is listed with its size, oldest first, and removed without touching anything else", () => {
    const paths = clusterPaths(home, "rc");
    const { volume } = podPaths(paths, "rc-2");
    mkdirSync(join(volume, "evenkeel-aside", "2026-01-01"), { recursive: true });
    writeFileSync(join(volume, "evenkeel-aside", "2026-01-01", "dump.rdb"), "x".repeat(500));
    writeFileSync(join(volume, "dump.rdb"), "used");
    mkdirSync(join(paths.removedDir, "rc-6.2026-01-02"), { recursive: true });
    const items = listAside(paths);
    expect(items.map(({ kind, pod, bytes }) => ({ kind, pod, bytes }))).toEqual([
      { kind: "unreadable", pod: "rc-2", bytes: 500 },
      { kind: "removed", pod: "rc-6", bytes: 0 },
    ]);
    removeAside(items);
    expect(listAside(paths)).toEqual([]);
    expect(readFileSync(join(volume, "dump.rdb"), "utf8")).toBe("used");
  });
});
