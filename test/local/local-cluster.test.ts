import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tryBind } from "../../src/platforms/local/claimable.js";
import type { ClusterFile, ServerTemplate } from "../../src/platforms/local/cluster-file.js";
import { downCluster } from "../../src/platforms/local/down-cluster.js";
import { lookAtPods } from "../../src/platforms/local/live-pod.js";
import type { LivePod } from "../../src/platforms/local/live-pod.js";
import { POD_PORTS } from "../../src/platforms/local/ports.js";
import { isRunning } from "../../src/platforms/local/process-identity.js";
import type { Programs } from "../../src/platforms/local/spawn-kubelet.js";
import { clusterPaths } from "../../src/platforms/local/state-paths.js";
import { firstAddresses } from "../../src/platforms/local/subnet.js";
import { upCluster } from "../../src/platforms/local/up-cluster.js";
import type { UpOptions, UpResult } from "../../src/platforms/local/up-cluster.js";
import { processesUnder } from "../support/processes-under.js";
import { buildPrograms, findRedis, killProcess, waitFor } from "../fixtures/local-pods.js";

let programsDir: string;
let programs: Programs;
let engine: ServerTemplate;
let home: string;

beforeAll(async () => {
  programsDir = mkdtempSync(join(tmpdir(), "evenkeel-programs-"));
  programs = await buildPrograms(programsDir);
  engine = await findRedis();
});
afterAll(() => rmSync(programsDir, { recursive: true, force: true }));
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), "evenkeel-local-")), "home");
});
afterEach(async () => {
  for (const name of ["rc", "other"]) await downCluster({ home, name, purge: true });
  rmSync(join(home, ".."), { recursive: true, force: true });
});

function up(options: Partial<UpOptions> = {}): Promise<UpResult> {
  return upCluster({ home, name: "rc", engine, shards: 3, replicas: 0, programs, ...options });
}

function pods(name = "rc"): readonly LivePod[] {
  return lookAtPods(clusterPaths(home, name));
}

function processesOf(list: readonly LivePod[]): readonly (LivePod["server"] | undefined)[] {
  return list.flatMap((pod) => [pod.kubelet, pod.server, pod.agent]);
}

async function freeAddresses(cluster: ClusterFile): Promise<readonly string[]> {
  const answers = firstAddresses(cluster.subnet, cluster.placements.length).flatMap((address) =>
    POD_PORTS.map((port) => tryBind(address, port)),
  );
  return Promise.all(answers);
}

/** A program that ends at once. */
function brokenEngine(): ServerTemplate {
  const program = join(home, "..", "broken-server");
  writeFileSync(program, "#!/bin/sh\necho 'Bad directive or wrong number of arguments'\nexit 1\n");
  chmodSync(program, 0o755);
  return { engine: "redis", version: "7.0.15", server: [program] };
}

describe("a local cluster", () => {
  it("comes up, goes down without a process left, and comes up again with its data and addresses", async () => {
    const { created, cluster } = await up();
    expect(created).toBe(true);
    const before = pods();
    expect(before.map((pod) => pod.status?.phase)).toEqual(["running", "running", "running"]);
    expect(new Set(await freeAddresses(cluster))).toEqual(new Set(["taken"]));

    expect(await downCluster({ home, name: "rc" })).toEqual({ stopped: 3, purged: false });
    expect(processesOf(before).some(isRunning)).toBe(false);
    expect(new Set(await freeAddresses(cluster))).toEqual(new Set(["free"]));
    expect(existsSync(join(clusterPaths(home, "rc").peersDir, "rc-0"))).toBe(false);
    // Nobody was asked to hand over: there is nobody to hand over to.
    expect(readFileSync(join(before[0]?.paths.dir ?? "", "agent-notes.log"), "utf8")).toBe("gate served\n");

    const again = await up({ engine: undefined, shards: undefined });
    expect(again).toEqual({ created: false, cluster });
    expect(pods().map((pod) => pod.status?.address)).toEqual(before.map((pod) => pod.status?.address));
    expect(await downCluster({ home, name: "rc", purge: true })).toEqual({ stopped: 3, purged: true });
    expect(existsSync(home)).toBe(false);
    expect(await downCluster({ home, name: "rc", purge: true })).toEqual({ stopped: 0, purged: false });
  });

  it("is left alone by a second up, and another shape of it is refused", async () => {
    await up();
    const before = processesOf(pods());
    expect((await up()).created).toBe(false);
    expect(processesOf(pods())).toEqual(before);
    await expect(up({ shards: 5 })).rejects.toMatchObject({
      code: "CLUSTER_DIFFERS",
      exitCode: 3,
      message: expect.stringContaining("shards is 3, asked was 5"),
    });
    await expect(up({ engine: { ...engine, version: "8.0.1" } })).rejects.toMatchObject({
      hint: "another engine: evenkeel upgrade --to redis@8.0.1",
    });
    expect(processesOf(pods())).toEqual(before);
  });

  it("leaves nothing behind when its server ends at once, and shows what the server said", async () => {
    await expect(up({ engine: brokenEngine() })).rejects.toMatchObject({
      code: "PODS_NOT_RUNNING",
      message: expect.stringContaining("Bad directive or wrong number of arguments"),
    });
    expect(existsSync(home)).toBe(false);
  });

  it("leaves nothing behind when its start is interrupted", async () => {
    const interrupt = new AbortController();
    const starting = up({ signal: interrupt.signal });
    const seen = await waitFor("a process", () => pods().some((pod) => pod.agent !== null) && pods());
    interrupt.abort();
    await expect(starting).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
    expect(processesOf(seen).some(isRunning)).toBe(false);
    expect(existsSync(home)).toBe(false);
  });

  it("leaves nothing behind when its start is interrupted before its kubelets have said who they are", async () => {
    const interrupt = new AbortController();
    const starting = up({ signal: interrupt.signal, replicas: 1 });
    await waitFor("a spawned kubelet", () => pods().some((pod) => existsSync(pod.paths.kubeletLog)));
    interrupt.abort();
    await expect(starting).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
    expect(existsSync(home)).toBe(false);
    expect(processesUnder(home)).toEqual([]);
  });

  it("stands beside another one in the same home", async () => {
    const [first, second] = [await up(), await up({ name: "other" })];
    expect(first.cluster.subnet).not.toEqual(second.cluster.subnet);
    expect(first.cluster.id).not.toBe(second.cluster.id);
    await downCluster({ home, name: "rc" });
    expect(pods("other").every((pod) => pod.status?.phase === "running")).toBe(true);
    expect(processesOf(pods("other")).every(isRunning)).toBe(true);
  });

  it("is stopped whole when its kubelets were killed and its state file is broken", async () => {
    const { cluster } = await up();
    const before = pods();
    killProcess(before[0]?.kubelet ?? null, "SIGKILL");
    killProcess(before[1]?.server ?? null, "SIGSTOP");
    killProcess(before[1]?.kubelet ?? null, "SIGKILL");
    writeFileSync(clusterPaths(home, "rc").clusterFile, "{");
    await expect(up()).rejects.toMatchObject({ code: "STATE_CORRUPT" });
    expect(await downCluster({ home, name: "rc", purge: true })).toEqual({ stopped: 3, purged: true });
    expect(processesOf(before).some(isRunning)).toBe(false);
    expect(new Set(await freeAddresses(cluster))).toEqual(new Set(["free"]));
  });

  it("gets a kubelet again by up, which keeps the server that still runs", async () => {
    await up();
    const before = pods();
    killProcess(before[1]?.kubelet ?? null, "SIGKILL");
    await waitFor("its end", () => !isRunning(before[1]?.kubelet));
    expect((await up()).created).toBe(false);
    const after = pods();
    expect(after.map((pod) => pod.server)).toEqual(before.map((pod) => pod.server));
    expect(after[1]?.kubelet).not.toEqual(before[1]?.kubelet);
    expect(after[1]?.status?.uid).toBe(before[1]?.status?.uid);
  });
});
