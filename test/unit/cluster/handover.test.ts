import { describe, expect, it } from "vitest";
import { failing } from "../../../src/cluster/conditions.js";
import {
  chooseCandidates,
  handoverGate,
  type HandoverGateFacts,
  handoverProof,
  historyWaitMs,
} from "../../../src/cluster/handover.js";
import { combineViews } from "../../../src/cluster/topology.js";
import type { NodeEntry, ServerInfo, View } from "../../../src/cluster/types.js";
import { editEntry, editServer, handedOver, idOf, makeNodes, makeViews } from "./make-cluster.js";

const candidateId = idOf(3);
const primaryId = idOf(0);

function gate(views: readonly View[], change: Partial<HandoverGateFacts> = {}): string[] {
  const facts: HandoverGateFacts = {
    topology: combineViews(views, []),
    primaryId,
    candidateId,
    nodeTimeoutMs: 5000,
    turnHeld: true,
    candidateWatchedMs: 3_600_000,
    candidateUptimeMs: 3_600_000,
    watchedMs: 3_600_000,
    ...change,
  };
  return failing(handoverGate(facts)).map(({ name }) => name);
}

describe("handoverGate", () => {
  it("is open in a healthy cluster", () => {
    expect(gate(makeViews())).toEqual([]);
  });

  it.each<[string, Partial<NodeEntry>, string]>([
    ["does not know the candidate as its replica", { primaryId: idOf(1) }, "views.candidate"],
    ["takes the candidate for a primary", { role: "primary" }, "views.candidate"],
    ["is not connected to the candidate", { linkConnected: false }, "views.candidate"],
    ["calls the candidate failed", { failed: true }, "views.candidate"],
    ["suspects the candidate", { suspected: true }, "views.candidate"],
    ["is in handshake with the candidate", { handshake: true }, "views.candidate"],
  ])("is shut while one view %s", (_what, change, name) => {
    expect(gate(editEntry(makeViews(), 2, { about: candidateId, change }))).toEqual([name]);
  });

  it("is shut while one view suspects the primary", () => {
    expect(gate(editEntry(makeViews(), 4, { about: primaryId, change: { suspected: true } }))).toEqual([
      "views.primary",
    ]);
  });

  it.each<[string, Partial<ServerInfo>, string]>([
    ["its link is down", { primaryLinkUp: false }, "candidate.link"],
    ["it receives a full copy", { syncInProgress: true }, "candidate.sync"],
    ["it loads", { loading: true }, "candidate.loaded"],
    ["it lags", { replicationOffset: 1000 - 1024 * 1024 - 1 }, "candidate.lag"],
  ])("is shut for the candidate while %s", (_what, change, name) => {
    expect(gate(editServer(makeViews(), 3, change))).toEqual([name]);
  });

  it("is shut while a voter has no bus link to the candidate, though every link state says connected", () => {
    const views = makeViews().map((view, index) =>
      index === 1
        ? { ...view, links: view.links.filter((link) => link.nodeId !== candidateId || link.direction !== "to") }
        : view,
    );
    expect(gate(views)).toEqual(["links"]);
    const replicaOnly = makeViews().map((view, index) =>
      index === 5 ? { ...view, links: view.links.filter((link) => link.nodeId !== candidateId) } : view,
    );
    expect(gate(replicaOnly)).toEqual([]);
  });

  it("is shut while a living node is not heard", () => {
    expect(gate(makeViews().slice(0, 5))).toEqual(["views.all"]);
  });

  it("is not shut by a node that all others hold for failed, unless votes are missing", () => {
    const dead = (ids: readonly string[]): View[] =>
      makeViews()
        .filter((view) => !ids.includes(view.nodeId))
        .map((view) => ({
          ...view,
          nodes: view.nodes.map((entry) =>
            ids.includes(entry.id) ? { ...entry, failed: true, linkConnected: false } : entry,
          ),
        }));
    const unreachable = [{ address: "10.0.0.6", port: 6379, kind: "timeout" as const, reason: "no answer" }];
    expect(gate(dead([idOf(5)]), { topology: combineViews(dead([idOf(5)]), unreachable) })).toEqual([]);
    expect(gate(dead([idOf(1), idOf(2)]))).toEqual(["voters"]);
  });

  it("is shut without the turn", () => {
    expect(gate(makeViews(), { turnHeld: false })).toEqual(["turn"]);
  });

  it("is shut when the candidate does not answer", () => {
    expect(gate(makeViews().filter((view) => view.nodeId !== candidateId))).toContain("candidate");
  });
});

describe("the history in the gate", () => {
  const valkey = (version: string): View[] =>
    makeViews().map((view) => ({ ...view, server: { ...view.server, engine: "valkey", version } }));

  it("keeps it shut for 4 x node-timeout after the candidate was promoted", () => {
    expect(gate(makeViews(), { candidatePromotedAgoMs: 19_999 })).toEqual(["history.candidate"]);
    expect(gate(makeViews(), { candidatePromotedAgoMs: 20_000 })).toEqual([]);
  });

  it("keeps it shut for 2 x node-timeout after the shard's primary changed", () => {
    expect(gate(makeViews(), { shardChangedAgoMs: 9999 })).toEqual(["history.shard"]);
    expect(gate(makeViews(), { shardChangedAgoMs: 10_000 })).toEqual([]);
  });

  it("counts what nobody watched as having happened just then", () => {
    expect(gate(makeViews(), { candidateWatchedMs: 5000 })).toEqual(["history.candidate"]);
    expect(gate(makeViews(), { watchedMs: 5000 })).toEqual(["history.shard"]);
  });

  it("trusts a process that was watched since it began", () => {
    expect(gate(makeViews(), { candidateWatchedMs: 3000, candidateUptimeMs: 3400 })).toEqual([]);
    expect(gate(makeViews(), { candidateWatchedMs: 3000, candidateUptimeMs: 4400 })).toEqual(["history.candidate"]);
  });

  it("does not matter to Valkey 8.1 and newer, if the voters are as new", () => {
    const young = { candidatePromotedAgoMs: 0, shardChangedAgoMs: 0 };
    expect(gate(valkey("8.1.1"), young)).toEqual([]);
    expect(gate(valkey("8.0.1"), young)).toEqual(["history.candidate", "history.shard"]);
    expect(gate(editServer(valkey("9.1.2"), 1, { version: "8.0.1" }), young)).toEqual(["history.shard"]);
  });

  it("tells how long it will be in the way", () => {
    const topology = combineViews(makeViews(), []);
    const facts = {
      topology,
      candidateId,
      nodeTimeoutMs: 5000,
      candidateWatchedMs: 60_000,
      candidateUptimeMs: 60_000,
      watchedMs: 60_000,
    };
    expect(historyWaitMs(facts)).toBe(0);
    expect(historyWaitMs({ ...facts, candidatePromotedAgoMs: 5000, shardChangedAgoMs: 5000 })).toBe(15_000);
    expect(historyWaitMs({ ...facts, candidateWatchedMs: 12_000, watchedMs: 1000 })).toBe(9000);
    expect(historyWaitMs({ ...facts, candidatePromotedAgoMs: 5000, topology: combineViews(valkey("9.1.2"), []) })).toBe(
      0,
    );
  });
});

describe("chooseCandidates", () => {
  const nodes = makeNodes({ shards: 3, replicas: 2 });
  const choose = (views: readonly View[], more: Partial<Parameters<typeof chooseCandidates>[0]> = {}) =>
    chooseCandidates({
      topology: combineViews(views, []),
      primaryId,
      placementOf: () => undefined,
      stoppingIds: [],
      ...more,
    });
  const ids = ({ chosen }: ReturnType<typeof choose>): string[] => chosen.map((one) => one.nodeId);

  it("takes replicas of this shard only, and the one that is nearest first", () => {
    expect(ids(choose(editServer(makeViews(nodes), 3, { replicationOffset: 900 })))).toEqual([idOf(6), idOf(3)]);
  });

  it("prefers the target version to a smaller lag", () => {
    const views = editServer(makeViews(nodes), 3, { replicationOffset: 900, version: "8.0.6" });
    expect(ids(choose(views, { targetVersion: "8.0" }))).toEqual([idOf(3), idOf(6)]);
  });

  it("prefers a host on which no other primary stands", () => {
    const hosts: Record<string, string> = { [idOf(1)]: "b", [idOf(2)]: "c", [idOf(3)]: "b", [idOf(6)]: "a" };
    const placementOf = (id: string) => ({ pod: id, host: hosts[id] ?? "x", zone: "z" });
    expect(ids(choose(makeViews(nodes), { placementOf }))).toEqual([idOf(6), idOf(3)]);
  });

  it("takes the one that was asked for before all others, if it may be taken", () => {
    const views = editServer(makeViews(nodes), 6, { replicationOffset: 900, version: "8.0.6" });
    expect(ids(choose(views, { targetVersion: "8.0", preferredId: idOf(3) }))).toEqual([idOf(3), idOf(6)]);
    expect(ids(choose(editServer(views, 3, { loading: true }), { preferredId: idOf(3) }))).toEqual([idOf(6)]);
  });

  it("takes newer offsets where there are some", () => {
    expect(ids(choose(makeViews(nodes), { offsets: new Map([[idOf(3), 500]]) }))[0]).toBe(idOf(6));
  });

  it.each<[string, Partial<ServerInfo>]>([
    ["has no link", { primaryLinkUp: false }],
    ["is receiving a full copy", { syncInProgress: true }],
    ["is loading", { loading: true }],
    ["bytes behind", { replicationOffset: -2_000_000 }],
  ])("rejects a replica that %s, and says so", (words, change) => {
    const { chosen, rejected } = choose(editServer(makeViews(nodes), 3, change));
    expect(chosen.map((one) => one.nodeId)).toEqual([idOf(6)]);
    expect(rejected).toEqual([{ nodeId: idOf(3), reason: expect.stringContaining(words) }]);
  });

  it("rejects a replica that is being stopped or does not answer", () => {
    const { chosen, rejected } = choose(
      makeViews(nodes).filter((view) => view.nodeId !== idOf(6)),
      { stoppingIds: [idOf(3)] },
    );
    expect(chosen).toEqual([]);
    expect(rejected.map((one) => one.reason)).toEqual([
      expect.stringContaining("being stopped"),
      expect.stringContaining("does not answer"),
    ]);
  });
});

describe("handoverProof", () => {
  const before = makeNodes();
  const slots = before[0]?.slots ?? [];
  const after = makeViews(handedOver(before, candidateId));
  const proof = (views: readonly View[]): string[] =>
    failing(handoverProof({ topology: combineViews(views, []), from: primaryId, to: candidateId, slots })).map(
      ({ name }) => name,
    );

  it("holds when every view has the new roles and slots", () => {
    expect(proof(after)).toEqual([]);
  });

  it("does not hold when nothing happened, whatever the server answered", () => {
    expect(proof(makeViews(before))).toEqual(
      expect.arrayContaining(["role.new", "role.former", "views.roles", "views.slots"]),
    );
  });

  it("does not hold while one view is behind", () => {
    const behind = after.map((view, index) => (index === 2 ? (makeViews(before)[2] ?? view) : view));
    expect(proof(behind)).toEqual(["views.roles", "views.slots", "views.map", "epoch"]);
  });

  it("does not hold while the former primary's link is not up, or not connected", () => {
    expect(proof(editServer(after, 0, { primaryLinkUp: false }))).toEqual(["former.link"]);
    const connecting = after.map((view, index) =>
      index === 0 && view.role.role === "replica" ? { ...view, role: { ...view.role, state: "connect" } } : view,
    );
    expect(proof(connecting)).toEqual(["role.former"]);
  });

  it("does not hold when another primary has the same epoch or a higher one", () => {
    const same = handedOver(before, candidateId).map((node) =>
      node.id === idOf(1) ? { ...node, configEpoch: 4 } : node,
    );
    expect(proof(makeViews(same))).toEqual(["epoch"]);
  });

  it("does not hold while a node says cluster_state:fail", () => {
    expect(
      proof(
        after.map((view, index) =>
          index === 5 ? { ...view, cluster: { ...view.cluster, state: "fail" as const } } : view,
        ),
      ),
    ).toEqual(["cluster.state"]);
  });

  it("does not hold while a living node is not heard, or a partner does not answer", () => {
    expect(proof(after.slice(0, 5))).toEqual(["views.all"]);
    expect(proof(after.slice(1))).toEqual(["answers"]);
  });

  it("accepts a former primary that follows the new one by its host name", () => {
    const named = editEntry(after, 0, { about: candidateId, change: { hostname: "rc-3.rc" } }).map((view, index) =>
      index === 0 && view.role.role === "replica"
        ? { ...view, role: { ...view.role, primaryAddress: "rc-3.rc" } }
        : view,
    );
    expect(proof(named)).toEqual([]);
  });
});
