import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterFile } from "../../../src/platforms/local/cluster-file.js";
import { clusterPaths } from "../../../src/platforms/local/state-paths.js";
import { makeFolder } from "./make-folder.js";

/** A working directory that holds a cluster none of whose pods was ever started. */
export function makeStoppedCluster(name = "default"): string {
  const cwd = makeFolder();
  const paths = clusterPaths(join(cwd, ".evenkeel"), name);
  const cluster: ClusterFile = {
    schema: 1,
    id: "11111111-1111-4111-8111-111111111111",
    name,
    template: { engine: "redis", version: "7.0.15", server: ["/usr/bin/redis-server"] },
    shards: 3,
    replicas: 1,
    addresses: "stable",
    subnet: [77, 7],
    placements: Array.from({ length: 6 }, (_, i) => ({
      pod: `${name}-${i}`,
      host: `host-${i}`,
      zone: `zone-${i % 3}`,
    })),
    createdAt: "2026-01-01T00:00:00.000Z",
    nodeTimeoutMs: 5000,
    gracePeriodMs: 120_000,
    serverConfig: [],
    scripts: [],
  };
  for (const { pod } of cluster.placements) mkdirSync(join(paths.podsDir, pod), { recursive: true });
  mkdirSync(paths.peersDir, { recursive: true });
  writeFileSync(paths.clusterFile, JSON.stringify(cluster));
  writeFileSync(paths.tokenFile, "token\n", { mode: 0o600 });
  return cwd;
}
