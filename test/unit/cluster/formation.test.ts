import { array, assert, boolean, constantFrom, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type FormationNode,
  type FormationPlan,
  type FormationStep,
  nextFormation,
  planFormation,
} from "../../../src/cluster/formation.js";
import { editServer, handedOver, idOf, makeNodes, makeViews, type ModelNode } from "./make-cluster.js";
import { ModelCluster } from "./model-cluster.js";

const SPREAD = ["h0", "h1", "h2", "h0", "h1", "h2"];

function planFor(nodes: readonly FormationNode[], hosts: readonly string[] = SPREAD): FormationPlan {
  const pods = nodes.map(({ ordinal, address, port, view }) => ({
    ordinal,
    pod: `rc-${ordinal}`,
    address,
    port,
    placement: { pod: `rc-${ordinal}`, host: hosts[ordinal] ?? "", zone: "z" },
    slots: view.nodes.find(({ self }) => self)?.slots ?? [],
  }));
  return planFormation(pods, { shards: 3, replicas: 1 });
}

const plan = planFor(new ModelCluster(6).look());

/** What the agent of ordinal 0 finds to do, when it looks now. */
function decide(nodes: readonly FormationNode[], hosts = SPREAD): FormationStep {
  return nextFormation(planFor(nodes, hosts), nodes);
}

function step(cluster: ModelCluster, hosts = SPREAD): FormationStep {
  return decide(cluster.look(), hosts);
}

/** Applies everything that is asked for until the state is another one than `act` or `wait`. */
function settle(cluster: ModelCluster, hosts = SPREAD): FormationStep {
  for (let turn = 0; turn < 30; turn += 1) {
    const next = step(cluster, hosts);
    if (next.state === "act") for (const action of next.actions) cluster.apply(action);
    else if (next.state !== "wait") return next;
    cluster.gossip();
  }
  return step(cluster, hosts);
}

/** The nodes of a cluster that is whole, as the agent of ordinal 0 sees them. */
function whole(nodes: readonly ModelNode[] = makeNodes(), views = makeViews(nodes)): FormationNode[] {
  return views.map((view, ordinal) => ({
    ordinal,
    nodeId: view.nodeId,
    address: view.address,
    port: view.port,
    keys: view.server.keys,
    view,
  }));
}

describe("nextFormation", () => {
  it("begins with slots and epochs, while no node knows another", () => {
    const first = step(new ModelCluster(6));
    expect(first).toMatchObject({ state: "act" });
    if (first.state !== "act") return;
    expect(first.actions.map(({ kind }) => kind)).toEqual([
      "add-slots",
      "set-epoch",
      "add-slots",
      "set-epoch",
      "add-slots",
      "set-epoch",
    ]);
    expect(first.actions[3]).toEqual({ kind: "set-epoch", ordinal: 1, epoch: 2 });
  });

  it("introduces the others to ordinal 0, then attaches the replicas as planned, then is done", () => {
    const cluster = new ModelCluster(6);
    const kinds: string[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const next = step(cluster);
      if (next.state === "act") {
        kinds.push([...new Set(next.actions.map(({ kind }) => kind))].join("+"));
        for (const action of next.actions) cluster.apply(action);
      }
      if (next.state === "done") kinds.push("done");
      cluster.gossip();
    }
    expect([...new Set(kinds)]).toEqual(["add-slots+set-epoch", "meet", "replicate", "done"]);
    for (const { ordinal, primaryOrdinal } of plan.replicas)
      expect(cluster.servers[ordinal]?.primaryId).toBe(idOf(primaryOrdinal));
    expect(cluster.refusals).toEqual([]);
  });

  it("ends formed wherever it broke off, however often, and wherever the pods were moved meanwhile", () => {
    const places = array(constantFrom("h0", "h1", "h2"), { minLength: 6, maxLength: 6 });
    const looks = array(record({ applied: nat({ max: 8 }), gossips: boolean(), hosts: places }), { maxLength: 12 });
    assert(
      property(looks, places, (crashes, last) => {
        const cluster = new ModelCluster(6);
        for (const { applied, gossips, hosts } of crashes) {
          const next = step(cluster, hosts);
          expect(next.state).not.toBe("conflict");
          if (next.state === "act") for (const action of next.actions.slice(0, applied)) cluster.apply(action);
          if (gossips) cluster.gossip();
        }
        expect(settle(cluster, last)).toEqual({ state: "done" });
        expect(cluster.refusals).toEqual([]);
        const primaries = cluster.servers.filter(({ slots }) => slots.length > 0);
        expect(primaries.map(({ epoch }) => epoch).toSorted()).toEqual([1, 2, 3]);
        const replicas = cluster.servers.filter(({ slots }) => slots.length === 0);
        expect(replicas.map(({ primaryId }) => primaryId).toSorted()).toEqual(primaries.map(({ id }) => id).toSorted());
      }),
      { numRuns: 150 },
    );
  });

  it("takes up half of the slots of a node", () => {
    const cluster = new ModelCluster(6);
    cluster.apply({ kind: "add-slots", ordinal: 1, slots: [{ start: 5461, end: 6000 }] });
    const next = step(cluster);
    expect(
      next.state === "act" && next.actions.find((action) => action.kind === "add-slots" && action.ordinal === 1),
    ).toEqual({
      kind: "add-slots",
      ordinal: 1,
      slots: [{ start: 6001, end: 10922 }],
    });
    expect(settle(cluster).state).toBe("done");
  });

  it("keeps a replica that follows another primary of the plan than planned, and fills the room that is left", () => {
    const cluster = new ModelCluster(6);
    while (cluster.servers.some((server) => server.knows.size < 5)) {
      const next = step(cluster);
      if (next.state === "act") for (const action of next.actions) cluster.apply(action);
      cluster.gossip();
    }
    const taken = plan.replicas.find((replica) => replica.ordinal === 4)?.primaryOrdinal === 0 ? 1 : 0;
    cluster.apply({ kind: "replicate", ordinal: 4, primaryId: idOf(taken) });
    expect(settle(cluster).state).toBe("done");
    expect(cluster.servers[4]?.primaryId).toBe(idOf(taken));
    expect(new Set(cluster.servers.slice(3).map((server) => server.primaryId))).toEqual(
      new Set([idOf(0), idOf(1), idOf(2)]),
    );
  });

  it("waits for a pod that is missing", () => {
    expect(nextFormation(plan, new ModelCluster(6).look().slice(0, 5))).toEqual({
      state: "wait",
      reason: "5 of 6 nodes answer",
    });
  });

  it("is done with a whole cluster that holds data, and with one in which a replica was elected meanwhile", () => {
    const views = editServer(makeViews(), 0, { keys: 10 });
    expect(decide(whole(makeNodes(), views))).toEqual({ state: "done" });
    expect(decide(whole(handedOver(makeNodes(), idOf(3))))).toEqual({ state: "done" });
  });

  it("does not call it done while a view has another slot map or cluster_state:fail", () => {
    const nodes = whole();
    const broken = nodes.map((node, index) =>
      index === 4
        ? { ...node, view: { ...node.view, cluster: { ...node.view.cluster, state: "fail" as const } } }
        : node,
    );
    expect(decide(broken)).toMatchObject({
      state: "wait",
      reason: expect.stringContaining("10.0.0.5:6379"),
    });
  });

  describe("touches nothing and names the node when", () => {
    const cluster = (change: (cluster: ModelCluster) => void): FormationNode[] => {
      const model = new ModelCluster(6);
      change(model);
      return model.look();
    };

    it("a node holds keys of its own", () => {
      const nodes = new ModelCluster(6).look().map((node) => (node.ordinal === 4 ? { ...node, keys: 7 } : node));
      expect(decide(nodes)).toMatchObject({
        state: "conflict",
        reason: expect.stringMatching(/10\.0\.0\.5:6379 \(ordinal 4.*holds 7 keys/),
      });
    });

    it("a node owns slots that are not its own", () => {
      const nodes = cluster((model) => model.apply({ kind: "add-slots", ordinal: 2, slots: [{ start: 0, end: 99 }] }));
      expect(decide(nodes)).toMatchObject({
        state: "conflict",
        reason: expect.stringMatching(/ordinal 2.*owns slots 0-99/),
      });
    });

    it("two lone nodes own the same range", () => {
      const nodes = cluster((model) => {
        model.apply({ kind: "add-slots", ordinal: 4, slots: [{ start: 0, end: 5460 }] });
        model.apply({ kind: "add-slots", ordinal: 5, slots: [{ start: 0, end: 5460 }] });
      });
      expect(decide(nodes)).toMatchObject({ state: "conflict", reason: expect.stringContaining("ordinal 5") });
    });

    it("a node knows one that is none of the pods", () => {
      const nodes = whole(makeNodes({ shards: 3, replicas: 2 })).slice(0, 6);
      expect(decide(nodes)).toMatchObject({
        state: "conflict",
        reason: expect.stringMatching(/knows node .* which is none of the expected pods/),
      });
    });

    it("two addresses lead to the same node", () => {
      const nodes = new ModelCluster(6).look();
      const [first] = nodes;
      const doubled = nodes.map((node) => (node.ordinal === 3 && first ? { ...first, ordinal: 3 } : node));
      expect(decide(doubled)).toMatchObject({
        state: "conflict",
        reason: expect.stringContaining("the same node"),
      });
    });
  });
});
