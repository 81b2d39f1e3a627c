import { describe, expect, it } from "vitest";
import { findPair } from "../../../../src/cluster/pairs/find-pair.js";
import type { Topology } from "../../../../src/cluster/types.js";
import { isEvenkeelError } from "../../../../src/errors/evenkeel-error.js";
import type { Pod } from "../../../../src/ports/platform.js";
import { planUpgrade, type UpgradeInputs } from "../../../../src/upgrade/plan/plan-upgrade.js";
import { makeLargeCluster } from "./large-cluster.js";
import { planBack, planForward, TIMING } from "./run-plan.js";
import { BOTH_WAYS, ONE_WAY } from "./shapes.js";
import { observe, type SimCluster, startCluster } from "./simulate.js";

const nothing = (): Set<string> => new Set();
const threeByTwo = (): SimCluster => startCluster({ replicas: [1, 1, 1], hosts: [0, 1, 2], ...ONE_WAY });
const ids = (cluster: SimCluster, surge = false): string[] =>
  planForward({ cluster, surge, done: nothing() }).steps.map((step) => step.id);

/** The refusal of a cluster that was changed after it was observed. */
function refusal(
  cluster: SimCluster,
  change: (seen: { topology: Topology; pods: readonly Pod[] }) => Partial<UpgradeInputs>,
): string {
  try {
    planForward({ cluster, surge: false, done: nothing() }, change(observe(cluster)));
  } catch (error) {
    if (!isEvenkeelError(error) || error.code !== "UPGRADE_REFUSED" || error.exitCode !== 3) throw error;
    if (!/evenkeel|CLUSTER/.test(error.hint ?? "")) throw new Error("no command in the hint", { cause: error });
    return `${error.message} | ${error.hint} | ${error.retryable ? "may settle" : "stays"}`;
  }
  return "planned";
}

describe("the plan of an upgrade", () => {
  it("goes through the phases in order", () => {
    expect(ids(threeByTwo())).toEqual([
      "preflight/check",
      "preflight/try-configuration",
      "snapshot/snapshot/shard-0",
      "snapshot/snapshot/shard-1",
      "snapshot/snapshot/shard-2",
      "stage/stage",
      "canary/roll/rc-3",
      "canary/soak",
      "replicas/roll/rc-4",
      "replicas/roll/rc-5",
      "hand-over/hand-over/rc-0",
      "hand-over/hand-over/rc-1",
      "hand-over/hand-over/rc-2",
      "soak/soak",
      "commit/roll/rc-0",
      "commit/roll/rc-1",
      "commit/roll/rc-2",
      "post-check/check",
      "finish/finish",
    ]);
  });

  it("says after each phase what the way back is, and where it ends", () => {
    const plan = planForward({ cluster: threeByTwo(), surge: false, done: nothing() });
    const levels = Object.fromEntries(plan.steps.map((step) => [step.phase, step.wayBack]));
    expect(levels).toEqual({
      preflight: "none",
      snapshot: "none",
      stage: "none",
      canary: "R0",
      replicas: "R0",
      "hand over": "R1",
      soak: "R1",
      commit: "R2",
      "post-check": "R2",
      finish: "R2",
    });
    expect(plan.pointOfNoReturn).toBe("commit/roll/rc-0");
    expect(plan.failovers).toBe(3);
    expect(plan.notes.join("\n")).toContain("After it only the snapshot from before the upgrade is left");
  });

  it("has no point of no return where both versions read each other", () => {
    const cluster = startCluster({ replicas: [1, 2, 3], hosts: [0, 1, 2, 3], ...BOTH_WAYS });
    const plan = planForward({ cluster, surge: false, done: nothing() });
    expect(plan.pointOfNoReturn).toBeUndefined();
    expect(plan.steps.at(-1)?.wayBack).toBe("R1");
  });

  it("takes the snapshot from a replica in step, and from the primary when there is none", () => {
    const cluster = threeByTwo();
    Object.assign(cluster.pods[4] ?? {}, { inStep: false });
    const pods = planForward({ cluster, surge: false, done: nothing() }).steps.flatMap(({ act }) =>
      act.kind === "snapshot" ? [act.pod] : [],
    );
    expect(pods).toEqual(["rc-3", "rc-1", "rc-5"]);
  });

  it("takes the canary from the shard with most replicas", () => {
    const cluster = startCluster({ replicas: [1, 3, 2], hosts: [0], ...ONE_WAY });
    expect(ids(cluster).find((id) => id.startsWith("canary/roll"))).toBe("canary/roll/rc-4");
  });

  it("hands over to a replica on a host without another primary", () => {
    // rc-3 and rc-4 follow rc-0; rc-3 stands beside the primary rc-1.
    const cluster = startCluster({ replicas: [2, 1, 1], hosts: [0, 1, 2, 1, 3, 0, 0], ...ONE_WAY });
    const [first] = planForward({ cluster, surge: false, done: nothing() }).steps.flatMap(({ act }) =>
      act.kind === "hand-over" ? [act] : [],
    );
    expect(first).toEqual({ kind: "hand-over", shard: 0, pod: "rc-0", to: "rc-4" });
  });

  it("says when the hand-overs leave a majority of the primaries on one host", () => {
    const cluster = startCluster({ replicas: [1, 1, 1], hosts: [0, 1, 2, 1, 2, 1], ...ONE_WAY });
    const { notes } = planForward({ cluster, surge: false, done: nothing() });
    expect(notes).toContain("after it, host host-1 holds 2 of 3 primaries: a majority is lost with it");
  });

  it("with surge keeps an added copy on the former version to the very end", () => {
    const plan = planForward({ cluster: threeByTwo(), surge: true, done: nothing() });
    const surge = plan.steps.filter((step) => step.phase === "surge").map((step) => step.id);
    expect(surge).toEqual([
      "surge/add-replica/shard-0",
      "surge/add-replica/shard-1",
      "surge/add-replica/shard-2",
      "surge/remove-replica/rc-8",
      "surge/remove-replica/rc-7",
      "surge/remove-replica/rc-6",
    ]);
    expect(plan.pointOfNoReturn).toBe("surge/remove-replica/rc-8");
    expect(plan.failovers).toBe(3);
  });

  it("upgrades a shard with one pod by way of the added one", () => {
    const cluster = startCluster({ replicas: [0, 1, 1], hosts: [0, 1, 2], ...ONE_WAY });
    const plan = planForward({ cluster, surge: true, done: nothing() });
    const first = plan.steps.filter(({ act }) => "shard" in act && act.shard === 0).map((step) => step.id);
    expect(first).toEqual([
      "snapshot/snapshot/shard-0",
      "surge/add-replica/shard-0",
      "surge/hand-over/rc-0",
      "canary/roll/rc-0",
      "hand-over/hand-over/rc-5",
      "surge/remove-replica/rc-5",
    ]);
    expect(plan.failovers).toBe(4);
    expect(plan.notes).toContain("shard 0 has no replica of its own: it takes one hand-over more");
  });

  it("leaves out what half an upgrade has behind it", () => {
    const cluster = threeByTwo();
    for (const name of ["rc-3", "rc-4"])
      Object.assign(cluster.pods.find((pod) => pod.name === name) ?? {}, { template: ONE_WAY.to });
    const rolls = ids(cluster).filter((id) => id.includes("/roll/"));
    expect(rolls).toEqual(["replicas/roll/rc-5", "commit/roll/rc-0", "commit/roll/rc-1", "commit/roll/rc-2"]);
    const { steps } = planForward(
      { cluster, surge: false, done: nothing() },
      { done: { snapshot: true, canarySoaked: true, soaked: true } },
    );
    expect(steps.filter(({ act }) => act.kind === "snapshot" || act.kind === "soak")).toEqual([]);
  });

  it("ends a cluster that runs the target wholly, and leaves one alone that also rests", () => {
    const cluster = startCluster({ replicas: [1, 1, 1], hosts: [0], from: ONE_WAY.to, to: ONE_WAY.to });
    expect(ids(cluster)).toEqual(["post-check/check", "finish/finish"]);
    expect(planForward({ cluster, surge: false, done: nothing() }, { rests: true }).steps).toEqual([]);
  });

  it("plans a thousand nodes in a second at the most", () => {
    const inputs = {
      ...makeLargeCluster(1000, ONE_WAY.from),
      ...ONE_WAY,
      pair: findPair(ONE_WAY.from, ONE_WAY.to),
      acceptUnknownPair: false,
      surge: true,
      timing: TIMING,
      done: { snapshot: false, canarySoaked: false, soaked: false },
    };
    const begin = performance.now();
    const plan = planUpgrade(inputs);
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(plan.failovers).toBe(500);
  });
});

describe("an upgrade is refused", () => {
  it("when the pair must not share a cluster", () => {
    const versions = {
      from: { engine: "redis", version: "8.0.6" },
      to: { engine: "valkey", version: "8.1.1" },
    } as const;
    const cluster = startCluster({ replicas: [1, 1, 1], hosts: [0], ...versions });
    expect(refusal(cluster, () => ({}))).toMatch(/redis@8.0.6 to valkey@8.1.1 cannot be rolled.*bus extension 4/);
  });

  it("when nobody has tried the pair, until that is accepted", () => {
    const versions = {
      from: { engine: "redis", version: "6.2.1" },
      to: { engine: "redis", version: "9.9.9" },
    } as const;
    const cluster = startCluster({ replicas: [1, 1, 1], hosts: [0], ...versions });
    expect(refusal(cluster, () => ({}))).toMatch(
      /is not known.*evenkeel upgrade --to redis@9.9.9 --accept-unknown-pair/,
    );
    const plan = planForward({ cluster, surge: false, done: nothing() }, { acceptUnknownPair: true });
    expect(plan.pointOfNoReturn).toBe("commit/roll/rc-0");
  });

  it("when a shard has no replica and none is added", () => {
    const cluster = startCluster({ replicas: [1, 0, 1], hosts: [0], ...ONE_WAY });
    expect(refusal(cluster, () => ({}))).toMatch(/shard 1 \(rc-1\) has no replica.*--to redis@8.0.6 --surge/);
  });

  it("when a pod does not answer", () => {
    const cluster = threeByTwo();
    Object.assign(cluster.pods[4] ?? {}, { alive: false });
    expect(refusal(cluster, () => ({}))).toMatch(/rc-4 does not answer \(crashed\).*may settle/);
  });

  it("when a node answers that belongs to no pod", () => {
    expect(
      refusal(threeByTwo(), ({ pods }) => ({
        pods: pods.map((pod) => (pod.name === "rc-5" ? { ...pod, address: "10.9.9.9" } : pod)),
      })),
    ).toMatch(/node 10.0.0.6:6379 belongs to no pod/);
  });

  it("when the nodes know more of each other than there are pods", () => {
    expect(
      refusal(threeByTwo(), ({ topology }) => {
        const [first] = topology.nodes;
        if (!first) throw new Error("no node");
        const { view: _, ...silent } = { ...first, id: "ghost", address: "10.9.9.9", slots: [] };
        return { topology: { ...topology, nodes: [...topology.nodes, silent] } };
      }),
    ).toMatch(/the nodes know 7 of each other, the platform has 6 pods/);
  });

  it("when a replica follows no primary of the cluster", () => {
    expect(
      refusal(threeByTwo(), ({ topology }) => ({ topology: { ...topology, strays: topology.nodes.slice(5) } })),
    ).toMatch(/rc-5 follows no primary/);
  });

  it("when a primary owns no slots", () => {
    expect(
      refusal(threeByTwo(), ({ topology }) => ({
        topology: {
          ...topology,
          nodes: topology.nodes.map((node, index) => (index === 5 ? { ...node, role: "primary" } : node)),
        },
      })),
    ).toMatch(/rc-5 is a primary without slots/);
  });

  it("when slots have no owner", () => {
    expect(refusal(threeByTwo(), ({ topology }) => ({ topology: { ...topology, slotsCovered: 16000 } }))).toMatch(
      /384 of 16384 slots have no owner/,
    );
  });

  it("when a slot is being moved", () => {
    expect(
      refusal(threeByTwo(), ({ topology }) => ({
        topology: {
          ...topology,
          views: topology.views.map((view) => ({
            ...view,
            nodes: view.nodes.map((node) => ({
              ...node,
              openSlots: [{ slot: 7, direction: "migrating", peerId: "x" }],
            })),
          })),
        },
      })),
    ).toMatch(/slot 7 is migrating/);
  });

  it("when a pod runs a third version", () => {
    const cluster = threeByTwo();
    Object.assign(cluster.pods[2] ?? {}, { template: { engine: "redis", version: "7.2.6" } });
    expect(refusal(cluster, () => ({}))).toMatch(/rc-2 runs redis@7.2.6: neither redis@7.0.15 nor redis@8.0.6/);
  });

  it("when one more lost primary would be the end of the majority, and not with five of them", () => {
    const suspect = ({ topology }: { topology: Topology }): Partial<UpgradeInputs> => ({
      topology: {
        ...topology,
        views: topology.views.map((view, index) => ({
          ...view,
          nodes: view.nodes.map((node, at) => (index === 1 && at === 0 ? { ...node, suspected: true } : node)),
        })),
      },
    });
    expect(refusal(threeByTwo(), suspect)).toMatch(
      /a majority of the primaries is at risk: of 3, rc-0 is held for failed/,
    );
    const five = startCluster({ replicas: [1, 1, 1, 1, 1], hosts: [0], ...ONE_WAY });
    expect(refusal(five, suspect)).toBe("planned");
  });
});

describe("an old copy that cannot follow any more", () => {
  /** All replicas run the target and serve; the former primaries follow them. */
  function handedOver(): SimCluster {
    const cluster = threeByTwo();
    for (const pod of cluster.pods) {
      pod.primary = pod.ordinal >= 3;
      if (pod.primary) pod.template = ONE_WAY.to;
    }
    return cluster;
  }
  const plan = (lostPods: readonly string[], cluster = handedOver()) =>
    planForward({ cluster, surge: false, done: new Set(["canary/soak"]) }, { lostPods });

  it("is replaced before the soak, and its shard is past the point of no return", () => {
    const { steps, passed, notes } = plan(["rc-1"]);
    const changes = steps.map((step) => step.id).filter((id) => /repair|soak|commit/.test(id));
    expect(changes).toEqual(["repair/roll/rc-1", "soak/soak", "commit/roll/rc-0", "commit/roll/rc-2"]);
    expect(passed).toEqual([1]);
    expect(notes.join("\n")).toContain("shard 1 has no copy in step on redis@7.0.15 any more");
  });

  it("is taken away when it was added for the upgrade only", () => {
    const cluster = startCluster({ replicas: [2, 1, 1], hosts: [0, 1, 2], ...ONE_WAY });
    for (const pod of cluster.pods) {
      pod.primary = [3, 5, 6].includes(pod.ordinal);
      if (pod.primary) pod.template = ONE_WAY.to;
    }
    cluster.surge.add("rc-4");
    const own = cluster.pods.find((pod) => pod.name === "rc-4");
    expect(own?.shard).toBe(0);
    expect(plan(["rc-4"], cluster).steps.map((step) => step.id)).toContain("repair/remove-replica/rc-4");
  });

  it("is left alone where its primary still runs the former version too", () => {
    expect(
      planForward({ cluster: threeByTwo(), surge: false, done: nothing() }, { lostPods: ["rc-3"] }).steps.map(
        ({ phase }) => phase,
      ),
    ).not.toContain("repair");
  });

  it("is no copy to go back to, however long it is waited for", () => {
    const back = (): unknown => planBack({ cluster: handedOver() }, { lostPods: ["rc-1"] });
    expect(back).toThrow(/shard 1 has passed the point of no return: .*rc-1 \(lost\)/);
    try {
      back();
    } catch (error) {
      expect(error).toMatchObject({ exitCode: 3, retryable: false });
    }
  });
});
