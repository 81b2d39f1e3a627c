import { describe, expect, it } from "vitest";
import { PROMISED, startClients } from "./support/clients.js";
import { crash, revive } from "./support/faults.js";
import { type KubeObject, until } from "./support/kube.js";
import { nodesByPod } from "./support/nodes-by-pod.js";
import type { Release } from "./support/release.js";
import { withRelease } from "./support/with-release.js";

const NODE_TIMEOUT_SECONDS = 5;

/** Writes one key per shard; an answer from each says that all slots are served. */
async function isServed(release: Release, pod: string): Promise<boolean> {
  const replies = await Promise.all(
    ["{a}", "{b}", "{c}"].map((key) => release.call(pod, "-c", "SET", `served:${key}`, "1")),
  );
  return replies.every((reply) => reply.trim() === "OK");
}

/** When the agent's container was started, by the wall clock; 0 while it does not run. */
function agentStartedAt({ status }: KubeObject): number {
  const containers = (status["initContainerStatuses"] ?? []) as {
    name: string;
    state: { running?: { startedAt: string } };
  }[];
  return Date.parse(containers.find(({ name }) => name === "agent")?.state.running?.startedAt ?? "") || 0;
}

describe("all six pods deleted at once with no grace (`appendfsync always`)", () => {
  it("healed within 20 s of their start, and nothing that was acknowledged is lost", () =>
    withRelease({ values: { config: { appendfsync: "always" } } }, async (release) => {
      const seeds = await release.seeds();
      const clients = await startClients({ seeds, libraries: PROMISED, rate: 50 });
      const before = (await release.pods()).map(({ metadata }) => metadata.uid);
      await release.kubectl("delete", "pods", "-l", "evenkeel.dev/component=server", "--grace-period=0", "--force");
      // How long Kubernetes takes to start containers is its own affair: a kubelet tries a mount again only after seconds.
      const startedAt = await until("the agents of six new pods to run", 60, async () => {
        const pods = await release.pods();
        const times = pods.map(agentStartedAt);
        const anew = pods.length === 6 && pods.every(({ metadata }) => !before.includes(metadata.uid));
        return anew && times.every((time) => time > 0) && Math.max(...times);
      });
      await release.untilReady(20 - (Date.now() - startedAt) / 1000);
      const reports = await clients.finish();
      expect(reports.map(({ library, lost }) => ({ library, lost }))).toEqual(
        PROMISED.map((library) => ({ library, lost: 0 })),
      );
      expect(Math.min(...reports.map(({ commands, failed }) => commands - failed))).toBeGreaterThan(50);
    }));
});

describe("a node that crashes with a primary on it", () => {
  it("served again within the node timeout and 5 s, whole again once the node is back", () =>
    withRelease({}, async (release) => {
      const nodes = await nodesByPod(release);
      const primaries = await release.primaries();
      expect(new Set(primaries.map((pod) => nodes.get(pod))).size, "primaries on three nodes").toBe(3);
      const [victim = ""] = primaries;
      const crashing = nodes.get(victim) ?? "";
      const node = Number(crashing.replace("node", ""));
      const [witness = ""] = [...nodes.keys()].filter((pod) => nodes.get(pod) !== crashing);
      await crash(node);
      const crashed = performance.now();
      try {
        await until("a shard without its primary to be noticed", NODE_TIMEOUT_SECONDS + 3, async () =>
          (await release.call(witness, "CLUSTER", "NODES")).includes("master,fail"),
        );
        // A write that is sent before the election would itself wait seconds for the dead address.
        await until(
          "every slot to be served again",
          NODE_TIMEOUT_SECONDS + 5 - (performance.now() - crashed) / 1000,
          async () => (await release.call(witness, "CLUSTER", "INFO")).includes("cluster_slots_ok:16384"),
        );
        expect(await isServed(release, witness)).toBe(true);
      } finally {
        await revive(node);
      }
      await release.untilReady(90);
    }));
});
