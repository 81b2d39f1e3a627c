import { readdirSync } from "node:fs";
import { expect } from "vitest";
import type { Finding } from "../../../src/cluster/types.js";
import { readClusterFile } from "../../../src/platforms/local/cluster-file.js";
import { clusterPaths } from "../../../src/platforms/local/state-paths.js";
import { runCli } from "./run-cli.js";
import { type TestCluster, untilReady } from "./test-cluster.js";

/** Pods of a cluster to which nothing was added. */
export const ORDINARY = ["rc-0", "rc-1", "rc-2", "rc-3", "rc-4", "rc-5"];
const UPGRADE = ["--name", "rc", "--output", "json", "upgrade", "--to", "redis@8.0", "--execute", "--rate", "300"];
/** The upgrade that these tests run, with its policy and further flags. */
export const upgrade = (policy: string, ...more: readonly string[]): readonly string[] => [
  ...UPGRADE,
  "--policy",
  policy,
  ...more,
];

const removed = (started: TestCluster): readonly string[] =>
  readdirSync(clusterPaths(started.home, "rc").removedDir)
    .map((name) => name.replace(/\..*$/u, ""))
    .toSorted();

/**
 * Nothing is left of the added replicas but their volumes, kept aside; and no check blocks but those of `mayBlock` (an election
 * may leave two of three primaries in one zone, and no upgrade can choose who is elected).
 */
export async function expectOrdinary(
  started: TestCluster,
  version: string,
  mayBlock: readonly string[] = [],
): Promise<void> {
  const topology = await untilReady(started, 20);
  expect((await started.pods()).map(({ name }) => name)).toEqual(ORDINARY);
  expect(readClusterFile(started.home, "rc").placements.length).toBe(ORDINARY.length);
  expect(topology.views.map((view) => view.cluster.knownNodes)).toEqual(ORDINARY.map(() => ORDINARY.length));
  expect(new Set(topology.nodes.map((node) => node.view?.server.version))).toEqual(new Set([version]));
  expect(removed(started)).toEqual(["rc-6", "rc-7", "rc-8"]);
  const checked = (await runCli(started.home, ["--name", "rc", "--output", "json", "check", "post"])).json() as {
    readonly findings: readonly Finding[];
  };
  const blocking = checked.findings.filter(({ status, severity }) => status === "fail" && severity === "block");
  expect(blocking.filter(({ id }) => !mayBlock.includes(id))).toEqual([]);
}
