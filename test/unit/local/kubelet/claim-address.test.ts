import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AddressMode, ClusterFile } from "../../../../src/platforms/local/cluster-file.js";
import { createCluster } from "../../../../src/platforms/local/create-cluster.js";
import { candidateAddresses } from "../../../../src/platforms/local/kubelet/claim-address.js";
import type { PodStatus } from "../../../../src/platforms/local/pod-status.js";
import { clusterPaths, podPaths } from "../../../../src/platforms/local/state-paths.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "evenkeel-claim-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const engine = { engine: "redis", version: "7.0.15", server: ["redis-server"] } as const;

async function clusterWith(addresses: AddressMode, hosts: readonly number[]): Promise<ClusterFile> {
  const shape = { home, name: "rc", engine, replicas: 0, addresses, subnet: "127.99.1" };
  const cluster = await createCluster(shape, { agentProgram: "/agent.mjs", tryBind: async () => "free" });
  for (const [ordinal, host] of hosts.entries()) {
    const pod = `rc-${ordinal}`;
    const status: PodStatus = {
      pod,
      ordinal,
      uid: "u",
      phase: "stopped",
      ready: false,
      address: "",
      port: 6379,
      controlAddress: `127.99.1.${host}`,
      placement: { pod, host: "h", zone: "z" },
      template: engine,
      kubelet: null,
      server: null,
      agent: null,
      containerRestarts: 0,
      agentRestarts: 0,
      reason: "",
      startedAt: "",
    };
    writeFileSync(podPaths(clusterPaths(home, "rc"), pod).statusFile, JSON.stringify(status));
  }
  return cluster;
}

function candidates(cluster: ClusterFile, ordinal: number, previous: string): readonly string[] {
  return candidateAddresses(cluster, ordinal, { previous, podsDir: clusterPaths(home, "rc").podsDir });
}

describe("the address of a pod", () => {
  it("is one for life in stable mode", async () => {
    const cluster = await clusterWith("stable", [1, 2, 3]);
    expect(candidates(cluster, 1, "")).toEqual(["127.99.1.2"]);
    expect(candidates(cluster, 1, "127.99.1.2")).toEqual(["127.99.1.2"]);
  });

  it("follows the ordinal at the first start in pod mode", async () => {
    expect(candidates(await clusterWith("pod", []), 2, "")).toEqual(["127.99.1.3"]);
  });

  it("is the next that nobody of the cluster had last in pod mode, also when all pods start at once", async () => {
    const cluster = await clusterWith("pod", [4, 2, 3]);
    for (const previous of [4, 2, 3]) {
      const found = candidates(cluster, 0, `127.99.1.${previous}`);
      expect(found[0]).toBe("127.99.1.5");
      for (const last of [2, 3, 4]) expect(found).not.toContain(`127.99.1.${last}`);
    }
  });

  it("begins at the start of the subnet again after its end", async () => {
    const cluster = await clusterWith("pod", [254, 1, 3]);
    expect(candidates(cluster, 0, "127.99.1.254").slice(0, 3)).toEqual(["127.99.1.2", "127.99.1.4", "127.99.1.5"]);
  });
});
