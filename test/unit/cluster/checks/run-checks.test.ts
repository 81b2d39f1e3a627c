import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY, type Observed, POLICY_AFTER_CHANGE, runChecks } from "../../../../src/cluster/checks/index.js";
import { combineViews } from "../../../../src/cluster/topology.js";
import type { Finding, NodeFacts, Unreachable, View } from "../../../../src/cluster/types.js";
import { editEntry, editServer, idOf, makeNodes, makeView, makeViews } from "../make-cluster.js";

const HOSTS = ["a", "b", "c", "b", "c", "a"];
const facts: NodeFacts[] = makeNodes().map(({ address, port }, index) => ({
  address,
  port,
  placement: { pod: `rc-${index}`, host: HOSTS[index] ?? "", zone: `z${HOSTS[index]}` },
  diskFreeBytes: 10_000_000_000,
  diskTotalBytes: 20_000_000_000,
  diskInodesFree: 100_000,
  dataBytes: 1_000_000,
}));

function run(
  views: readonly View[] = makeViews(),
  more: Partial<Observed> & { unreachable?: readonly Unreachable[] } = {},
): Finding[] {
  const { unreachable = [], ...rest } = more;
  return runChecks({
    topology: combineViews(views, unreachable),
    facts,
    expected: { shards: 3, replicas: 1 },
    policy: DEFAULT_POLICY,
    ...rest,
  });
}

const failed = (findings: readonly Finding[]): Finding[] => findings.filter((finding) => finding.status === "fail");
const blocking = (findings: readonly Finding[]): string[] => [
  ...new Set(
    failed(findings)
      .filter((one) => one.severity === "block")
      .map((one) => one.id),
  ),
];
const edit = (index: number, change: (view: View) => View): View[] =>
  makeViews().map((view, at) => (at === index ? change(view) : view));
const place = (index: number, host: string, zone = `z${host}`): NodeFacts[] =>
  facts.map((fact, at) => (at === index ? { ...fact, placement: { pod: `rc-${at}`, host, zone } } : fact));

describe("runChecks", () => {
  it("lets a healthy cluster pass, with evidence for every check", () => {
    const findings = run();
    expect(failed(findings)).toEqual([]);
    expect(findings.every((finding) => finding.evidence !== "")).toBe(true);
    expect(new Set(findings.map((finding) => finding.id)).size).toBe(findings.length);
    expect(findings.length).toBeGreaterThanOrEqual(35);
  });

  it("gives every fault an advice and names the node", () => {
    const [finding] = failed(run(editServer(makeViews(), 4, { lastSaveOk: false })));
    expect(finding).toEqual({
      id: "save.last",
      status: "fail",
      severity: "block",
      subject: "10.0.0.5:6379",
      evidence: "10.0.0.5:6379: rdb_last_bgsave_status:err",
      advice: expect.stringContaining("BGSAVE"),
    });
  });

  it("takes the severity from the policy", () => {
    const policy = { ...DEFAULT_POLICY, severities: { "save.last": "warn" as const } };
    expect(blocking(run(editServer(makeViews(), 4, { lastSaveOk: false }), { policy }))).toEqual([]);
  });
});

describe("a seeded fault is found by its name:", () => {
  it("a slot without an owner", () => {
    const nodes = makeNodes().map((node, index) =>
      index === 2 ? { ...node, slots: [{ start: 10924, end: 16383 }] } : node,
    );
    const findings = failed(run(makeViews(nodes)));
    expect(findings.find((one) => one.id === "slots.covered")?.evidence).toBe("1 of 16384 slots have no owner: 10923");
  });

  it("a slot that is open", () => {
    const openSlots = [{ slot: 100, direction: "migrating" as const, peerId: idOf(1) }];
    const findings = failed(run(editEntry(makeViews(), 0, { about: idOf(0), change: { openSlots } })));
    expect(findings).toMatchObject([
      { id: "slots.open", subject: "10.0.0.1:6379", evidence: expect.stringContaining("slot 100 is migrating") },
    ]);
  });

  it("a replica with its link down", () => {
    const findings = failed(run(editServer(makeViews(), 3, { primaryLinkUp: false, primaryLinkDownSeconds: 9 })));
    expect(findings).toMatchObject([
      { id: "replica.link", subject: "10.0.0.4:6379", evidence: expect.stringContaining("down for 9 s") },
    ]);
  });

  it("two views that disagree", () => {
    const findings = failed(run(editEntry(makeViews(), 2, { about: idOf(4), change: { primaryId: idOf(0) } })));
    expect(blocking(findings)).toEqual(["views.agree"]);
    expect(findings[0]).toMatchObject({ subject: "10.0.0.5:6379", evidence: expect.stringContaining("10.0.0.3:6379") });
  });

  it.each([
    [{ failed: true }, "fail by 10.0.0.1:6379"],
    [{ suspected: true }, "fail? by 10.0.0.1:6379"],
  ])("a fail flag %j", (change, words) => {
    expect(failed(run(editEntry(makeViews(), 0, { about: idOf(5), change })))).toMatchObject([
      { id: "node.failed", evidence: expect.stringContaining(words) },
    ]);
  });

  it.each([
    ["10 MB free of 20 GB", { diskFreeBytes: 10_000_000 }],
    ["less than twice the data free", { diskFreeBytes: 1_500_000_000, dataBytes: 1_000_000_000 }],
    ["nothing free", { diskFreeBytes: 0 }],
  ])("a full disk: %s", (_what, change) => {
    const full = facts.map((fact, index) => (index === 1 ? { ...fact, ...change } : fact));
    expect(failed(run(makeViews(), { facts: full }))).toMatchObject([{ id: "disk.room", subject: "10.0.0.2:6379" }]);
  });

  it("a small volume with room is not a full disk; one without inodes is", () => {
    const small = facts.map((fact) => ({
      ...fact,
      diskTotalBytes: 30_000_000,
      diskFreeBytes: 25_000_000,
      dataBytes: 1000,
    }));
    expect(failed(run(makeViews(), { facts: small }))).toEqual([]);
    expect(blocking(run(makeViews(), { facts: facts.map((fact) => ({ ...fact, diskInodesFree: 3 })) }))).toEqual([
      "disk.inodes",
    ]);
  });

  it("a primary without a replica", () => {
    const nodes = makeNodes().slice(0, 5);
    expect(failed(run(makeViews(nodes))).filter((one) => one.id === "shard.replica")).toMatchObject([
      { severity: "block", subject: "10.0.0.3:6379" },
    ]);
  });

  it("fewer replicas than asked for, which warns", () => {
    expect(
      failed(run(makeViews(), { expected: { shards: 3, replicas: 2 } })).find((one) => one.id === "shard.replica")
        ?.severity,
    ).toBe("warn");
  });

  it("a replica on the host of its primary", () => {
    const findings = failed(run(makeViews(), { facts: place(3, "a") }));
    expect(findings).toMatchObject([
      {
        id: "placement.shard",
        severity: "block",
        subject: "10.0.0.4:6379",
        evidence: expect.stringContaining("host a"),
      },
    ]);
  });

  it("a failed last AOF write or rewrite, where there is an AOF", () => {
    expect(blocking(run(editServer(makeViews(), 0, { aofLastWriteOk: false })))).toEqual(["aof.last"]);
    expect(blocking(run(editServer(makeViews(), 0, { aofLastWriteOk: false, aofEnabled: false })))).toEqual([]);
  });

  it("a replica that shows an older epoch than its primary's", () => {
    const views = edit(4, (view) => ({
      ...view,
      nodes: view.nodes.map((entry) => (entry.self ? { ...entry, configEpoch: 1 } : entry)),
    }));
    expect(failed(run(views)).map((one) => one.id)).toContain("epoch.replica");
    expect(blocking(run(edit(4, (view) => ({ ...view, cluster: { ...view.cluster, myEpoch: 1 } }))))).toEqual([
      "epoch.replica",
    ]);
  });

  it("a node-timeout that differs", () => {
    const findings = failed(
      run(edit(2, (view) => ({ ...view, config: { ...view.config, "cluster-node-timeout": "15000" } }))),
    );
    expect(findings).toMatchObject([
      { id: "config.node-timeout", severity: "block", evidence: expect.stringMatching(/15000 on 10\.0\.0\.3:6379/) },
    ]);
  });

  it.each([
    ["auth", "node.auth"],
    ["loading", "node.loading"],
    ["timeout", "node.reachable"],
    ["refused", "node.reachable"],
  ] as const)("a node that cannot be asked: %s", (kind, id) => {
    const unreachable = [{ address: "10.0.0.6", port: 6379, kind, reason: "why" }];
    const findings = failed(run(makeViews().slice(0, 5), { unreachable })).filter((one) => one.id.startsWith("node."));
    expect(findings).toMatchObject([
      { id, severity: "block", subject: "10.0.0.6:6379", evidence: "10.0.0.6:6379: why" },
    ]);
  });
});

describe("checks of the cluster", () => {
  it("block on cluster_state:fail and when nobody answers", () => {
    expect(blocking(run(edit(1, (view) => ({ ...view, cluster: { ...view.cluster, state: "fail" } }))))).toEqual([
      "cluster.state",
    ]);
    expect(blocking(run([]))).toContain("cluster.state");
  });

  it("block when there are more or fewer nodes than expected", () => {
    expect(blocking(run(makeViews(), { expected: { shards: 4, replicas: 1 } }))).toEqual(["cluster.size"]);
    expect(blocking(run(makeViews().slice(0, 5)))).toEqual(expect.arrayContaining(["node.reachable"]));
  });

  it("block on two primaries with one epoch", () => {
    expect(
      blocking(
        run(
          makeViews(
            makeNodes().map((node, index) => (index === 1 || index === 4 ? { ...node, configEpoch: 1 } : node)),
          ),
        ),
      ),
    ).toEqual(["epoch.unique"]);
  });

  it("block on a bus link that is missing in one direction", () => {
    const views = edit(1, (view) => ({
      ...view,
      links: view.links.filter((link) => link.nodeId !== idOf(3) || link.direction !== "from"),
    }));
    expect(failed(run(views))).toMatchObject([
      { id: "link.bus", evidence: "10.0.0.2:6379 has no bus link from 10.0.0.4:6379" },
    ]);
  });

  it("do not ask for CLUSTER LINKS of an engine that has none", () => {
    expect(failed(run(makeViews().map((view) => ({ ...view, links: [] }))))).toEqual([]);
  });

  it("block on a replica of a replica", () => {
    const nodes = makeNodes().map((node) => (node.id === idOf(4) ? { ...node, primaryId: idOf(3) } : node));
    expect(blocking(run(makeViews(nodes)))).toEqual(expect.arrayContaining(["replica.chain", "shard.replica"]));
  });

  it("block on lag, on a full copy, and on another replication history", () => {
    expect(blocking(run(editServer(makeViews(), 3, { replicationOffset: -2_000_000 })))).toEqual(["replica.lag"]);
    expect(blocking(run(editServer(makeViews(), 3, { syncInProgress: true })))).toEqual(["replica.sync"]);
    expect(blocking(run(editServer(makeViews(), 3, { replicationId: "e".repeat(40) })))).toEqual(["replica.history"]);
  });
});

describe("checks of the placement", () => {
  it("only warn about what cannot be better", () => {
    const one = facts.map((fact, index) => ({ ...fact, placement: { pod: `rc-${index}`, host: "a", zone: "z" } }));
    const findings = failed(run(makeViews(), { facts: one }));
    expect(new Set(findings.map((finding) => finding.id))).toEqual(new Set(["placement.shard", "placement.majority"]));
    expect(findings.every((finding) => finding.severity === "warn")).toBe(true);
  });

  it("warn about three primaries in two zones, which always leave two in one", () => {
    const zones = facts.map((fact, index) => ({
      ...fact,
      placement: { pod: `rc-${index}`, host: HOSTS[index] ?? "", zone: ["x", "x", "y", "y", "x", "x"][index] ?? "" },
    }));
    expect(blocking(run(makeViews(), { facts: zones }))).toEqual([]);
    expect(failed(run(makeViews(), { facts: zones })).map((one) => one.id)).toContain("placement.majority");
  });

  it("block on a majority of the primaries on one host when others are there", () => {
    expect(blocking(run(makeViews(), { facts: place(1, "a") }))).toContain("placement.majority");
  });

  it("only warn after a change, which is not to blame for it, while every other fault blocks as before", () => {
    const seen = { facts: place(1, "a"), policy: POLICY_AFTER_CHANGE };
    const moved = run(makeViews(), seen);
    expect(failed(moved).map((one) => one.id)).toContain("placement.majority");
    expect(blocking(moved)).toEqual([]);
    expect(blocking(run(editServer(makeViews(), 3, { syncInProgress: true }), seen))).toEqual(["replica.sync"]);
  });

  it("say nothing where the platform tells no placement", () => {
    expect(run(makeViews(), { facts: [] }).filter((one) => /^(placement|disk)\./.test(one.id))).toEqual([]);
  });
});

describe("checks of settings, memory, engines and errors", () => {
  const setting = (name: string, value: string): View[] =>
    edit(0, (view) => ({ ...view, config: { ...view.config, [name]: value } }));

  it("tell settings that differ, and block where clients would notice", () => {
    expect(blocking(run(setting("maxmemory-policy", "allkeys-lru")))).toEqual(["config.equal"]);
    const views = makeViews().map((view, index) => ({
      ...view,
      config: { ...view.config, appendfsync: index === 0 ? "always" : "everysec" },
    }));
    expect(failed(run(views))).toMatchObject([{ id: "config.equal", severity: "warn" }]);
  });

  it("do not compare settings between versions, whose defaults may differ", () => {
    expect(
      failed(run(editServer(setting("maxmemory-policy", "allkeys-lru"), 0, { version: "8.0.6" }))).map((one) => one.id),
    ).toEqual(["engine.mixed"]);
  });

  it("block on a validity factor of 0", () => {
    const views = makeViews().map((view) => ({
      ...view,
      config: { ...view.config, "cluster-replica-validity-factor": "0" },
    }));
    expect(blocking(run(views))).toEqual(["config.validity-factor"]);
  });

  it("warn when settings cannot be read", () => {
    expect(failed(run(edit(0, (view) => ({ ...view, config: {} }))))).toMatchObject([
      { id: "config.readable", severity: "warn" },
    ]);
  });

  it("block on Redis 8 beside Valkey 8, and only warn of two versions of a family", () => {
    const redis8 = makeViews().map((view) => ({ ...view, server: { ...view.server, version: "8.0.6" } }));
    expect(blocking(run(editServer(redis8, 0, { engine: "valkey", version: "8.1.1" })))).toEqual(["engine.family"]);
    expect(blocking(run(editServer(redis8, 0, { version: "7.0.15" })))).toEqual([]);
  });

  it("block on memory without room for a fork, and warn without a limit", () => {
    expect(blocking(run(editServer(makeViews(), 0, { usedMemoryRssBytes: 900_000_000 })))).toEqual(["memory.room"]);
    expect(failed(run(editServer(makeViews(), 0, { maxMemoryBytes: 0 })))).toMatchObject([
      { id: "memory.limit", severity: "warn" },
    ]);
  });

  it("block on a replica that answered its primary with an error", () => {
    expect(blocking(run(editServer(makeViews(), 3, { unexpectedErrorReplies: 1 })))).toEqual(["errors.unexpected"]);
  });

  it("find a node that another view knows and nobody asked", () => {
    const more = makeNodes({ shards: 3, replicas: 2 });
    const views = more.slice(0, 6).map((_, index) => makeView(more, index));
    expect(failed(run(views)).filter((one) => one.id === "node.reachable")).toHaveLength(3);
  });
});
