import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { expectedPods } from "../../src/agent/cluster-size.js";
import { DEFAULT_POLICY, runChecks } from "../../src/cluster/checks/index.js";
import { readClusterFile, writeClusterFile } from "../../src/platforms/local/cluster-file.js";
import { downCluster } from "../../src/platforms/local/down-cluster.js";
import { listAside, removeAside } from "../../src/platforms/local/list-aside.js";
import { isRunning } from "../../src/platforms/local/process-identity.js";
import { clusterPaths } from "../../src/platforms/local/state-paths.js";
import {
  flaws,
  NO_FLAW,
  primaries,
  startTestCluster,
  type TestCluster,
  until,
  untilReady,
} from "./support/test-cluster.js";

let cluster: TestCluster;
afterEach(() => cluster?.destroy());

/** Pod that each replica follows. */
async function followed(one: TestCluster): Promise<Record<string, string>> {
  const pods = await one.pods();
  const { shards } = await one.topology();
  const podAt = (address: string): string => pods.find((pod) => pod.address === address)?.name ?? address;
  return Object.fromEntries(
    shards.flatMap(({ primary, replicas }) =>
      replicas.map((replica) => [podAt(replica.address), podAt(primary.address)]),
    ),
  );
}

/** What blocks by the checks of a command line that knows only the cluster's file. */
async function blocking(one: TestCluster): Promise<string[]> {
  const { shards, replicas, placements } = readClusterFile(one.home, one.name);
  const findings = runChecks({
    topology: await one.topology(),
    facts: [],
    expected: { shards, replicas, nodes: placements.length },
    policy: DEFAULT_POLICY,
  });
  return findings
    .filter(({ status, severity }) => status === "fail" && severity === "block")
    .map(({ evidence }) => evidence);
}

const sizeFile = (one: TestCluster): unknown =>
  JSON.parse(readFileSync(clusterPaths(one.home, one.name).sizeFile, "utf8"));

describe("a cluster with two replicas of each shard", () => {
  it("is formed and whole", async () => {
    cluster = await startTestCluster({ replicas: 2 });
    const { shards } = await cluster.topology();
    expect(shards.map(({ replicas }) => replicas.length)).toEqual([2, 2, 2]);
    expect(await blocking(cluster)).toEqual([]);
  });
});

describe("a replica", () => {
  it("is added to the named primary and removed again while clients write, and every agent learns the number", async () => {
    cluster = await startTestCluster();
    const agents = (await cluster.pods()).map(({ name }) => cluster.processes(name).agent);
    const load = await cluster.load(300);

    const added = await cluster.platform.addReplica({ primary: "rc-1" });
    expect(added).toBe("rc-6");
    await untilReady(cluster, 30);
    expect((await followed(cluster))["rc-6"]).toBe("rc-1");
    const [own, primary] = [6, 1].map((ordinal) => readClusterFile(cluster.home, "rc").placements[ordinal]);
    expect(own?.host).not.toBe(primary?.host);
    expect(own?.zone).not.toBe(primary?.zone);
    expect(sizeFile(cluster)).toEqual({ pods: 7 });
    expect(await blocking(cluster)).toEqual([]);

    // With seven agents the turn needs four: a hand-over still finds them, and the new one may take the slots.
    const handed = await cluster.handOver("rc-1");
    expect(handed.outcome).toBe("done");
    await untilReady(cluster, 20);
    const [heir = ""] = (await primaries(cluster)).filter((pod) => pod !== "rc-0" && pod !== "rc-2");
    expect(heir).toBe(handed.to);
    await expect(cluster.platform.removeReplica(heir)).rejects.toMatchObject({ code: "POD_OWNS_SLOTS", exitCode: 3 });
    expect((await cluster.pods()).length).toBe(7);

    const gone = cluster.processes("rc-1");
    await cluster.platform.removeReplica("rc-1");
    expect([gone.kubelet, gone.server, gone.agent].some(isRunning)).toBe(false);
    expect((await cluster.pods()).map(({ name, ordinal }) => `${name} ${ordinal}`)).toEqual([
      "rc-0 0",
      "rc-2 2",
      "rc-3 3",
      "rc-4 4",
      "rc-5 5",
      "rc-6 6",
    ]);
    const topology = await untilReady(cluster, 10);
    expect(topology.views.map((view) => view.cluster.knownNodes)).toEqual([6, 6, 6, 6, 6, 6]);
    expect(sizeFile(cluster)).toEqual({ pods: 6 });
    expect(await blocking(cluster)).toEqual([]);
    // The other agents were never restarted for any of it.
    const after = (await cluster.pods()).flatMap(({ name }) => cluster.processes(name).agent);
    expect(agents.filter(isRunning).length).toBe(5);
    expect(after.filter((agent) => agents.some((one) => one?.pid === agent?.pid)).length).toBe(5);
    expect(flaws(await load.finish())).toEqual(NO_FLAW);

    // A hand-over with gaps in the ordinals.
    const second = await cluster.handOver(heir);
    expect(second.outcome).toBe("done");
  });

  it("runs its primary's version while another is staged, and gets the staged one when it is replaced", async () => {
    cluster = await startTestCluster({ engine: "redis@7.0" });
    await cluster.platform.stage({ engine: "redis", version: "8.0" });
    const staged = await cluster.platform.template();
    expect(await cluster.platform.formerTemplate()).toEqual({ engine: "redis", version: "7.0.15" });
    await cluster.platform.addReplica({ primary: "rc-0" });
    await untilReady(cluster, 30);
    const added = (await cluster.pods()).find(({ name }) => name === "rc-6");
    expect(added?.template).toEqual({ engine: "redis", version: "7.0.15" });

    await cluster.platform.replace("rc-6", added?.uid ?? "");
    await until("rc-6 on the staged version", 40, async () => {
      const pod = (await cluster.pods()).find(({ name }) => name === "rc-6");
      return pod?.ready && pod.uid !== added?.uid && pod.template.version === staged.version;
    });
    expect((await followed(cluster))["rc-6"]).toBe("rc-0");

    await cluster.platform.rest();
    expect(existsSync(clusterPaths(cluster.home, "rc").targetFile)).toBe(false);
    expect(await cluster.platform.formerTemplate()).toEqual({ engine: "redis", version: "7.0.15" });
    await cluster.platform.stage({ engine: "redis", version: "7.0.15" });
    expect(await cluster.platform.formerTemplate()).toBeUndefined();
  });

  it("is taken up where an addition or a removal broke off, wherever that was", async () => {
    cluster = await startTestCluster();
    const paths = clusterPaths(cluster.home, "rc");
    // Written down, and then the command was killed: no folder, no process.
    const file = readClusterFile(cluster.home, "rc");
    writeClusterFile(paths, {
      ...file,
      placements: [...file.placements, { pod: "rc-6", host: "host-6", zone: "zone-c" }],
      pods: { "rc-6": { template: file.template, follow: "rc-0" } },
    });
    expect(await cluster.platform.addReplica({ primary: "rc-0" })).toBe("rc-6");
    await untilReady(cluster, 30);
    expect((await followed(cluster))["rc-6"]).toBe("rc-0");

    // Stopped and taken from the file; not forgotten, and not moved aside.
    await cluster.platform.stop("rc-6");
    await until("rc-6 to stop", 15, async () => cluster.processes("rc-6").phase === "stopped");
    writeClusterFile(paths, { ...file, pods: {} });
    await cluster.platform.removeReplica("rc-6");
    const topology = await untilReady(cluster, 10);
    expect(topology.views.map((view) => view.cluster.knownNodes)).toEqual([6, 6, 6, 6, 6, 6]);
    expect(readdirSync(paths.podsDir).toSorted()).not.toContain("rc-6");
    await expect(cluster.platform.removeReplica("rc-6")).rejects.toMatchObject({ code: "POD_NOT_FOUND" });

    const [aside] = listAside(paths);
    expect(aside).toMatchObject({ kind: "removed", pod: "rc-6" });
    expect(aside?.bytes).toBeGreaterThan(0);
    removeAside(listAside(paths));
    expect(listAside(paths)).toEqual([]);
  });

  it("survives a stop and start of the whole cluster, and joins its own shard again when its volume is lost", async () => {
    cluster = await startTestCluster();
    await cluster.platform.addReplica({ primary: "rc-2" });
    await untilReady(cluster, 30);
    await downCluster({ home: cluster.home, name: "rc" });
    await cluster.up();
    await untilReady(cluster, 40);
    expect((await followed(cluster))["rc-6"]).toBe("rc-2");

    await cluster.platform.stop("rc-6");
    await until("rc-6 to stop", 15, async () => cluster.processes("rc-6").phase === "stopped");
    renameSync(cluster.volume("rc-6"), join(cluster.home, "lost"));
    mkdirSync(cluster.volume("rc-6"));
    await cluster.platform.start("rc-6");
    const topology = await until("the former node to be forgotten", 60, async () => {
      const seen = await untilReady(cluster, 1);
      return seen.views.every((view) => view.cluster.knownNodes === 7) && seen;
    });
    expect(topology.shards.map(({ replicas }) => replicas.length).toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
    expect((await followed(cluster))["rc-6"]).toBe("rc-2");
  });

  it("is removed though its server is dead, and a cluster with an empty volume everywhere is formed with gaps", async () => {
    cluster = await startTestCluster();
    await cluster.platform.addReplica({ primary: "rc-2" });
    await untilReady(cluster, 30);
    const [victim = ""] = Object.entries(await followed(cluster))
      .filter(([pod, primary]) => pod !== "rc-6" && primary === "rc-2")
      .map(([pod]) => pod);
    await cluster.platform.stop(victim, { handover: false });
    await until(`${victim} to stop`, 15, async () => cluster.processes(victim).phase === "stopped");
    await cluster.platform.removeReplica(victim);
    await untilReady(cluster, 10);
    expect((await followed(cluster))["rc-6"]).toBe("rc-2");

    await cluster.platform.addReplica({ primary: "rc-0" });
    await untilReady(cluster, 30);
    await downCluster({ home: cluster.home, name: "rc" });
    for (const { pod } of readClusterFile(cluster.home, "rc").placements) {
      rmSync(cluster.volume(pod), { recursive: true });
      mkdirSync(cluster.volume(pod));
    }
    await cluster.up();
    const topology = await untilReady(cluster, 60);
    expect(topology.nodes.length).toBe(7);
    expect(topology.shards.map(({ replicas }) => replicas.length).toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
  });
});

describe("the command line", () => {
  it("adds a replica, removes it only with --execute, and prunes what is left of it", async () => {
    cluster = await startTestCluster();
    const program = fileURLToPath(new URL("../../bin/evenkeel.js", import.meta.url));
    const evenkeel = async (...args: string[]): Promise<{ code: number; result: Record<string, unknown> }> => {
      const words = [program, ...args, "--name", "rc", "--output", "json", "--quiet"];
      const env = { ...process.env, EVENKEEL_HOME: cluster.home };
      return promisify(execFile)(process.execPath, words, { env }).then(
        ({ stdout }) => ({ code: 0, result: JSON.parse(stdout) }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          result: error.stdout === "" ? { said: error.stderr } : JSON.parse(error.stdout),
        }),
      );
    };
    expect(await evenkeel("add-replica", "rc-2")).toMatchObject({
      code: 0,
      result: { result: "added", pod: "rc-6", primary: "rc-2", version: "7.0.15" },
    });
    expect(await evenkeel("check", "pre")).toMatchObject({ result: { blocking: 0 } });
    const replica = Object.keys(await followed(cluster)).find((pod) => pod !== "rc-6") ?? "";
    expect(await evenkeel("add-replica", replica)).toMatchObject({ code: 3 });

    expect(await evenkeel("remove-replica", "rc-2", "--execute")).toMatchObject({ code: 3 });
    expect(await evenkeel("remove-replica", "rc-6")).toMatchObject({ code: 0, result: { result: "planned" } });
    expect((await cluster.pods()).length).toBe(7);
    expect(await evenkeel("remove-replica", "rc-6", "--execute")).toMatchObject({ result: { result: "removed" } });
    expect(await evenkeel("remove-replica", "rc-6", "--execute")).toMatchObject({ code: 2 });
    expect(await evenkeel("check", "post")).toMatchObject({ result: { blocking: 0 } });

    expect(await evenkeel("prune")).toMatchObject({ result: { result: "planned", items: [{ pod: "rc-6" }] } });
    expect(await evenkeel("prune", "--execute")).toMatchObject({ result: { result: "removed" } });
    expect(await evenkeel("prune")).toMatchObject({ result: { result: "nothing", items: [] } });
  });
});

describe("an agent", () => {
  it("goes by the number that the cluster was made with when the file of it is missing or broken", () => {
    const folder = mkdtempSync(join(tmpdir(), "evenkeel-size-"));
    const file = join(folder, "cluster-size.json");
    const asked = (text?: string): number => {
      if (text !== undefined) writeFileSync(file, text);
      return expectedPods({ shards: 3, replicas: 1, sizeFile: file });
    };
    expect([asked(), asked("{"), asked('{"pods": 2}'), asked('{"pods": 7}')]).toEqual([6, 6, 6, 7]);
    rmSync(folder, { recursive: true });
  });
});
