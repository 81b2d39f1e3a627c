import { describe, expect, it } from "vitest";
import type { AgentStatus } from "../../../src/agent/status.js";
import { renderStatus } from "../../../src/cli/render-status.js";
import { buildStatus, type StatusInput, toShardStates } from "../../../src/cli/status-report.js";
import type { Topology, TopologyNode, View } from "../../../src/cluster/types.js";
import type { Pod } from "../../../src/ports/platform.js";

const RANGES = [
  { start: 0, end: 5460 },
  { start: 5461, end: 10922 },
  { start: 10923, end: 16383 },
];

function pod(ordinal: number, more: Partial<Pod> = {}): Pod {
  const name = `rc-${ordinal}`;
  return {
    name,
    ordinal,
    phase: "running",
    ready: true,
    address: `127.9.9.${ordinal + 1}`,
    port: 6379,
    placement: { pod: name, host: `host-${ordinal}`, zone: `zone-${ordinal % 3}` },
    template: { engine: "redis", version: "7.0.15" },
    uid: `uid-${ordinal}`,
    containerRestarts: 0,
    reason: "",
    ...more,
  };
}

/** Only what a status reads of a view. */
function view(ordinal: number, offset: number): View {
  return {
    address: `127.9.9.${ordinal + 1}`,
    port: 6379,
    nodeId: `id-${ordinal}`,
    cluster: { state: "ok" },
    server: { engine: "redis", version: "7.0.15", processId: 1000 + ordinal, replicationOffset: offset },
  } as unknown as View;
}

function node(ordinal: number, seen: View | undefined): TopologyNode {
  const primary = ordinal < 3;
  return {
    id: `id-${ordinal}`,
    address: `127.9.9.${ordinal + 1}`,
    port: 6379,
    role: primary ? "primary" : "replica",
    ...(primary ? {} : { primaryId: `id-${ordinal - 3}` }),
    configEpoch: 1,
    slots: primary ? [RANGES[ordinal] ?? { start: 0, end: 0 }] : [],
    ...(seen === undefined ? {} : { view: seen }),
  };
}

/** Six pods, three shards in reverse order of their slots; some do not answer. */
function healthy(silent: readonly number[] = []): StatusInput {
  const ordinals = [0, 1, 2, 3, 4, 5];
  const views = ordinals.filter((i) => !silent.includes(i)).map((i) => view(i, i < 3 ? 5000 : 4000));
  const nodes = ordinals.map((i) =>
    node(
      i,
      views.find(({ nodeId }) => nodeId === `id-${i}`),
    ),
  );
  const shards = [2, 1, 0].map((i) => {
    const [primary, replica] = [nodes[i], nodes[i + 3]] as [TopologyNode, TopologyNode];
    return { primary, replicas: [replica], slots: primary.slots };
  });
  const topology: Topology = {
    nodes,
    shards,
    strays: [],
    views,
    unreachable: silent.map((i) => ({ address: `127.9.9.${i + 1}`, port: 6379, kind: "refused", reason: "refused" })),
    disagreements: [],
    slotSignature: "s",
    slotsCovered: 16384,
  };
  const agents = new Map(
    ordinals.map((i) => [
      `rc-${i}`,
      {
        pod: `rc-${i}`,
        phase: "serving",
        reason: "",
        ready: { ready: true, conditions: [] },
      } as unknown as AgentStatus,
    ]),
  );
  return { cluster: "rc", pods: ordinals.map((i) => pod(i)), topology, agents, startHint: "evenkeel up --name rc" };
}

describe("the status of a cluster", () => {
  it("names shards in the order of their slots, primaries by pod, and the lag in bytes", () => {
    const report = buildStatus(healthy());
    expect(report).toMatchObject({ cluster: "rc", state: "ok", problems: [], slotsCovered: 16384 });
    expect(report.nodes[0]).toEqual({
      name: "rc-0",
      id: "id-0",
      address: "127.9.9.1",
      port: 6379,
      role: "primary",
      shard: 0,
      primary: null,
      engine: "redis",
      version: "7.0.15",
      slots: [{ start: 0, end: 5460 }],
      host: "host-0",
      zone: "zone-0",
      ready: true,
      phase: "running",
      agent: "serving",
      lagBytes: null,
      pid: 1000,
      restarts: 0,
      reason: "",
    });
    expect(report.nodes[4]).toMatchObject({ role: "replica", shard: 1, primary: "rc-1", lagBytes: 1000, slots: [] });
  });

  it("is one screen", () => {
    expect(renderStatus(buildStatus(healthy()), { color: false })).toMatchInlineSnapshot(`
      "cluster rc  ok  6 of 6 pods ready, 16384 of 16384 slots served

      shard  slots        role     pod   address         engine         lag  host    zone    state
      0      0-5460       primary  rc-0  127.9.9.1:6379  redis@7.0.15        host-0  zone-0  ready
                          replica  rc-3  127.9.9.4:6379  redis@7.0.15  1 kB  host-3  zone-0  ready
      1      5461-10922   primary  rc-1  127.9.9.2:6379  redis@7.0.15        host-1  zone-1  ready
                          replica  rc-4  127.9.9.5:6379  redis@7.0.15  1 kB  host-4  zone-1  ready
      2      10923-16383  primary  rc-2  127.9.9.3:6379  redis@7.0.15        host-2  zone-2  ready
                          replica  rc-5  127.9.9.6:6379  redis@7.0.15  1 kB  host-5  zone-2  ready
      "
    `);
  });

  it("is degraded while a pod is not ready, and says why", () => {
    const input = healthy();
    const pods = input.pods.map((each) => (each.ordinal === 4 ? { ...each, ready: false } : each));
    const agent = {
      ...input.agents.get("rc-4"),
      ready: { ready: false, conditions: [{ name: "link", holds: false, reason: "link down for 3 s" }] },
    };
    const report = buildStatus({ ...input, pods, agents: new Map(input.agents).set("rc-4", agent as AgentStatus) });
    expect(report.state).toBe("degraded");
    expect(report.problems).toEqual(["rc-4 is not ready (running): link down for 3 s"]);
    expect(renderStatus(report, { color: false })).toContain(
      "not well:\n  rc-4 is not ready (running): link down for 3 s",
    );
  });

  it("knows a node that does not answer by what the others remember of it", () => {
    const report = buildStatus(healthy([5]));
    expect(report.nodes[5]).toMatchObject({ id: "id-5", role: "replica", primary: "rc-2", lagBytes: null, pid: null });
    expect(report).toMatchObject({ state: "degraded", problems: ["127.9.9.6:6379 does not answer: refused"] });
  });

  it("fails when a slot has no primary or a node says so", () => {
    const input = healthy();
    expect(buildStatus({ ...input, topology: { ...input.topology, slotsCovered: 16000 } })).toMatchObject({
      state: "fail",
      problems: ["384 slots have no primary"],
    });
    const views = input.topology.views.map((each, i) =>
      i === 0 ? ({ ...each, cluster: { state: "fail" } } as View) : each,
    );
    expect(buildStatus({ ...input, topology: { ...input.topology, views } }).state).toBe("fail");
  });

  it("is stopped when no pod runs, and unformed when nobody owns a slot", () => {
    const input = healthy();
    const stopped = input.pods.map((each) => ({ ...each, phase: "stopped" as const, ready: false, address: "" }));
    const empty = { ...input.topology, nodes: [], shards: [], views: [], slotsCovered: 0 };
    expect(buildStatus({ ...input, pods: stopped, topology: empty, agents: new Map() }).state).toBe("stopped");
    const nodes = input.topology.nodes.map((each) => ({ ...each, slots: [] }));
    expect(buildStatus({ ...input, topology: { ...input.topology, nodes, shards: [], slotsCovered: 0 } }).state).toBe(
      "unformed",
    );
  });

  it("says that an agent is silent", () => {
    const input = healthy();
    const agents = new Map(input.agents);
    agents.delete("rc-2");
    expect(buildStatus({ ...input, agents }).problems).toEqual(["the agent of rc-2 does not answer"]);
  });

  it("gives live views the same shards", () => {
    expect(toShardStates(buildStatus(healthy()))[2]).toEqual({
      slots: "10923-16383",
      pods: [
        { pod: "rc-2", role: "primary", engine: "redis", version: "7.0.15", ready: true },
        { pod: "rc-5", role: "replica", engine: "redis", version: "7.0.15", ready: true, lagBytes: 1000 },
      ],
    });
  });
});
