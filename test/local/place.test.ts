import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding, Placement } from "../../src/cluster/types.js";
import { readClusterFile } from "../../src/platforms/local/cluster-file.js";
import { localUpgradeStore } from "../../src/platforms/local/upgrade-store/local-upgrade-store.js";
import type { UpgradeStore } from "../../src/ports/journal.js";
import { electionEpoch } from "../../src/upgrade/engine/settled.js";
import { type CliResult, runCli, startCli } from "./support/run-cli.js";
import { flaws, NO_FLAW, primaries, startTestCluster, type TestCluster, until } from "./support/test-cluster.js";

const NODE_TIMEOUT_MS = 1000;
/** Where a test puts all primaries. */
const CROWDED = "host-0";

let cluster: TestCluster;

interface PlaceResult {
  readonly result: string;
  readonly handovers: readonly { readonly from: Placement; readonly to: Placement; readonly reason: string }[];
  readonly after: { readonly hosts: object; readonly zones: object };
  readonly findings: readonly Finding[];
}

const run = (...argv: readonly string[]): Promise<CliResult> => runCli(cluster.home, ["--name", "rc", ...argv]);
const json = (...argv: readonly string[]): Promise<CliResult> => run("--output", "json", ...argv);

async function blocking(): Promise<{ readonly code: number | null; readonly found: readonly Finding[] }> {
  const checked = await json("check", "pre");
  const { findings } = checked.json() as { findings: readonly Finding[] };
  return { code: checked.code, found: findings.filter((one) => one.status === "fail" && one.severity === "block") };
}

/** Hands every primary over to its replica on one host. */
async function crowd(): Promise<void> {
  const pods = await cluster.pods();
  for (const { primary, replicas } of (await cluster.topology()).shards) {
    const podOf = ({ address }: { readonly address: string }) => pods.find((pod) => pod.address === address);
    const heir = replicas.map(podOf).find((pod) => pod?.placement.host === CROWDED)?.name;
    const from = podOf(primary)?.name ?? "";
    if (heir !== undefined) expect(await cluster.handOver(from, heir)).toMatchObject({ outcome: "done", to: heir });
  }
}

const clusterId = (): string => readClusterFile(cluster.home, cluster.name).id;
const openStore = (): UpgradeStore =>
  localUpgradeStore({ home: cluster.home, name: cluster.name, cluster: clusterId() });

const hostsOfPrimaries = async (): Promise<readonly string[]> => {
  const owners = await primaries(cluster);
  return (await cluster.pods()).filter(({ name }) => owners.includes(name)).map(({ placement }) => placement.host);
};

const epoch = async (): Promise<number> => electionEpoch(await cluster.topology());

beforeAll(async () => {
  // Every shard has a pod on every host, so that one host can come to hold all primaries.
  cluster = await startTestCluster({
    replicas: 2,
    hosts: ["host-0", "host-1", "host-2"],
    zones: ["zone-0", "zone-1", "zone-2"],
    nodeTimeoutMs: NODE_TIMEOUT_MS,
  });
  await crowd();
});
afterAll(async () => {
  await cluster?.destroy();
});

describe("place, when one host holds every primary", () => {
  it("is what the check names that blocks the next upgrade", async () => {
    const { code, found } = await blocking();
    expect(code).toBe(3);
    expect(found.map(({ id, subject }) => `${id} ${subject}`)).toEqual([
      "placement.majority host-0",
      "placement.majority zone-0",
    ]);
    expect(found[0]?.advice).toContain("evenkeel place --execute");
  });

  it("is told after a change, and does not fail it", async () => {
    const checked = await json("check", "post");
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.json()).toMatchObject({
      blocking: 0,
      findings: expect.arrayContaining([
        expect.objectContaining({ id: "placement.majority", severity: "warn", subject: "host-0" }),
      ]),
    });
  });

  it("says without --execute who would hand over to whom and why, and changes nothing", async () => {
    const before = await epoch();
    const printed = await run("place");
    expect(printed.code).toBe(0);
    expect(printed.stdout).toMatch(
      /rc-\d \(host-0, zone-0\) +rc-\d \(host-[12], zone-[12]\) +host host-0 holds 3 of 3/,
    );
    expect(printed.stdout).toMatch(/host host-0 +3 +1\n/);
    expect(printed.stdout).toContain(
      "2 hand-overs. Nothing was changed. To run it: evenkeel place --name rc --execute",
    );
    const planned = (await json("place")).json() as PlaceResult;
    expect(planned).toMatchObject({ result: "planned", after: { hosts: { "host-0": 1, "host-1": 1, "host-2": 1 } } });
    expect(await epoch()).toBe(before);
  });

  it("is refused while an upgrade holds the lease", async () => {
    const { lease } = openStore();
    await lease.take("upgrade to redis@8.0");
    const before = await epoch();
    const refused = await run("place", "--execute");
    await lease.release();
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toContain("the cluster is being changed by upgrade to redis@8.0");
    expect(await epoch()).toBe(before);
  });

  it("is refused while an upgrade waits to be gone on with", async () => {
    const { journal, lease } = openStore();
    const to = { engine: "redis", version: "8.0.6" };
    await lease.take("test");
    await journal.append({
      kind: "begun",
      upgrade: "u",
      cluster: clusterId(),
      direction: "upgrade",
      plan: { to },
      by: "test",
    });
    await lease.release();
    const refused = await run("place", "--execute");
    await lease.take("test");
    await journal.append({ kind: "finished", outcome: "failed", reason: "" });
    await journal.archive();
    await lease.release();
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/an upgrade to redis@8\.0\.6 is under way[^]*evenkeel rollback --execute/);
  });

  it("is refused when another check blocks, and says so before", async () => {
    const [pod = ""] = await primaries(cluster);
    const before = await epoch();
    await cluster.call(pod, "CONFIG", "SET", "cluster-node-timeout", 2000);
    const [printed, refused] = [await run("place"), await run("place", "--execute")];
    await cluster.call(pod, "CONFIG", "SET", "cluster-node-timeout", NODE_TIMEOUT_MS);
    expect(printed.stdout).toContain("it would be refused now: config.node-timeout");
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/1 check blocks the hand-overs: config\.node-timeout[^]*next:.* evenkeel check pre/);
    expect(await epoch()).toBe(before);
  });

  it("hands over under load without a failed command or a lost write; then the check passes", async () => {
    const before = await epoch();
    const load = await cluster.load(500);
    const placed = await json("place", "--execute");
    const report = await load.finish();
    expect({ ...flaws(report), errors: report.errors }).toEqual({ ...NO_FLAW, errors: {} });
    expect({ code: placed.code, ...(placed.json() as PlaceResult) }).toMatchObject({
      code: 0,
      result: "placed",
      after: { hosts: { "host-0": 1, "host-1": 1, "host-2": 1 }, zones: { "zone-0": 1, "zone-1": 1, "zone-2": 1 } },
      findings: [],
    });
    expect((placed.json() as PlaceResult).handovers).toHaveLength(2);
    expect(await epoch()).toBe(before + 2);
    expect((await hostsOfPrimaries()).toSorted()).toEqual(["host-0", "host-1", "host-2"]);
    expect(await blocking()).toEqual({ code: 0, found: [] });
  });

  it("has nothing left to do when run again", async () => {
    const before = await epoch();
    const again = await run("place", "--execute");
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("nothing to do: no hand-over betters where the primaries of rc stand");
    expect((await json("place")).json()).toMatchObject({ result: "nothing", handovers: [] });
    expect(await epoch()).toBe(before);
  });

  it("ends at Ctrl-C before the next hand-over, and goes on when run again", async () => {
    await crowd();
    const before = await epoch();
    const running = startCli(cluster.home, ["--name", "rc", "place", "--execute"]);
    await until("the first hand-over to begin", 60, async () => running.said().includes("hands its slots over"));
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("stopped after 1 of 2 hand-overs; the same command goes on");
    expect(await epoch()).toBe(before + 1);
    const rest = (await json("place", "--execute")).json() as PlaceResult;
    expect(rest).toMatchObject({ result: "placed", handovers: [expect.anything()] });
    expect(await blocking()).toEqual({ code: 0, found: [] });
  });
});

describe("a new cluster whose first pods share a host", () => {
  it("takes primaries on three hosts, so that its own check lets the first upgrade through", async () => {
    const hosts = ["host-0", "host-0", "host-1", "host-1", "host-2", "host-2"];
    const made = await startTestCluster({ hosts, zones: ["zone-0"], nodeTimeoutMs: NODE_TIMEOUT_MS });
    try {
      expect(await primaries(made)).toEqual(["rc-0", "rc-2", "rc-4"]);
      const checked = await runCli(made.home, ["--name", "rc", "check", "pre"]);
      expect(checked).toMatchObject({ code: 0 });
    } finally {
      await made.destroy();
    }
  });
});
