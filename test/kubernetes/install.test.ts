import { describe, expect, it } from "vitest";
import { nodesByPod } from "./support/nodes-by-pod.js";
import type { Release } from "./support/release.js";
import { secondsToReady } from "./support/seconds-to-ready.js";
import { withRelease } from "./support/with-release.js";

/** Every primary that stands on one host with its replica: a pair of pods each. */
async function sharedHosts(installed: Release): Promise<readonly string[]> {
  const hosts = await nodesByPod(installed);
  const roles = await Promise.all(
    [...hosts.keys()].map(async (name) => ({ name, role: (await installed.call(name, "ROLE")).split("\n") })),
  );
  const replicas = roles.filter(({ role }) => role[0] === "slave");
  expect(replicas).toHaveLength(3);
  const pairs = await Promise.all(
    replicas.map(async ({ name, role }) => ({ name, primary: await ownerOf(installed, role[1] ?? "") })),
  );
  return pairs.flatMap(({ name, primary }) =>
    hosts.get(name) === hosts.get(primary) ? [`${primary} and ${name}`] : [],
  );
}

// One after the other: beside others an installation takes as long as the machine is busy with them.
describe("an installation", () => {
  for (const helm of [3, 4] as const) {
    it(`with Helm ${helm}: a formed cluster, ready within 30 s, in a namespace that enforces the restricted level, primaries on three nodes, no shard on one`, () =>
      withRelease({ helm }, async (release) => {
        expect(await secondsToReady(release)).toBeLessThan(30);
        const nodes = await nodesByPod(release);
        const primaries = await release.primaries();
        expect(primaries).toHaveLength(3);
        expect(new Set(primaries.map((pod) => nodes.get(pod))).size, "nodes with a primary").toBe(3);
        expect(await release.call("rc-0", "CLUSTER", "INFO")).toContain("cluster_size:3");
        expect(await sharedHosts(release)).toEqual([]);
      }));
  }
});

/** The pod whose server announces an address. */
async function ownerOf(installed: Release, address: string): Promise<string> {
  const services = JSON.parse(await installed.kubectl("get", "services", "-o", "json")).items as {
    metadata: { name: string };
    spec: { clusterIP: string };
  }[];
  return services.find(({ spec }) => spec.clusterIP === address)?.metadata.name ?? "";
}
