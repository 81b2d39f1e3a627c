import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../../src/cluster/types.js";
import type { Snapshot } from "../../../src/ports/platform.js";
import type { StatusReport } from "../../../src/cli/status-report.js";
import type { UpgradeReport } from "../../../src/cli/upgrade-report.js";
import { type CliResult, type CliRun, testPolicy } from "../../local/support/run-cli.js";
import { NOTHING, seen } from "../../local/support/upgrade-report.js";
import { startEvenkeel } from "../support/evenkeel.js";
import { tellOnFailure } from "../support/install-before.js";
import { list, until } from "../support/kube.js";
import { nodesByPod } from "../support/nodes-by-pod.js";
import { engineValues, installRelease, type Release } from "../support/release.js";
import { NOBODY_NOTICED, seenBy, underLoad } from "../support/under-load.js";

const ORDINARY = [0, 1, 2, 3, 4, 5].map((ordinal) => `rc-${ordinal}`);
const ADDED = "rc-6";
const home = mkdtempSync(join(tmpdir(), "evenkeel-kubernetes-"));
let release: Release;

beforeAll(async () => {
  release = await installRelease({ values: engineValues("redis@7.0"), helm: 4 });
});
afterAll(async () => {
  await release?.remove();
  rmSync(home, { recursive: true, force: true });
});

async function start(...command: readonly string[]): Promise<CliRun> {
  tellOnFailure(release);
  return startEvenkeel(release, command, { home });
}

const run = async (...command: readonly string[]): Promise<CliResult> => (await start(...command)).ended;

/** The object that a command prints, which has to end well. */
async function result<T>(...command: readonly string[]): Promise<T> {
  const { code, stderr, stdout, json } = await run(...command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stdout} ${stderr.slice(-3000)}`);
  return json() as T;
}

/** Pods, roles, version and state in one object. */
async function state(): Promise<object> {
  const { state: is, nodes, problems } = await result<StatusReport>("status");
  return {
    state: is,
    problems,
    pods: nodes.map(({ name }) => name),
    primaries: nodes.filter(({ role }) => role === "primary").length,
    versions: [...new Set(nodes.map(({ engine, version }) => `${engine}@${/^\d+\.\d+/.exec(version)?.[0]}`))],
  };
}

const inOrder = (version: string): object => ({
  state: "ok",
  problems: [],
  pods: ORDINARY,
  primaries: 3,
  versions: [version],
});

/** Nobody remembers a pod that is gone. */
async function expectOrdinary(version: string): Promise<void> {
  expect(await state()).toEqual(inOrder(version));
  const known = await Promise.all(ORDINARY.map((pod) => release.call(pod, "CLUSTER", "INFO")));
  expect(known.map((text) => /cluster_known_nodes:(\d+)/.exec(text)?.[1])).toEqual(ORDINARY.map(() => "6"));
  expect((await run("check", "post")).code).toBe(0);
}

async function hostsOfPrimaries(): Promise<readonly string[]> {
  const hosts = await nodesByPod(release);
  return (await release.primaries()).map((pod) => hosts.get(pod) ?? "");
}

/** Makes every pod of one node a primary, as somebody might by hand; the node's name. */
async function crowd(): Promise<string> {
  const hosts = await nodesByPod(release);
  const podsOf = (node: string): readonly string[] => [...hosts.keys()].filter((pod) => hosts.get(pod) === node);
  const node = [...hosts.values()].find((host) => podsOf(host).length > 1) ?? "";
  for (const pod of podsOf(node)) {
    if ((await release.primaries()).includes(pod)) continue;
    await release.call(pod, "CLUSTER", "FAILOVER");
    await until(`${pod} to be a primary`, 10, async () => (await release.primaries()).includes(pod));
  }
  await release.untilReady(30);
  expect((await hostsOfPrimaries()).filter((host) => host === node)).toHaveLength(2);
  return node;
}

describe("on the pods of a release", () => {
  it("`status`, `check pre` and `snapshots` show the cluster, and `load` finds that it serves", async () => {
    expect(await state()).toEqual(inOrder("redis@7.0"));
    expect(await result("check", "pre")).toMatchObject({ blocking: 0, when: "pre" });
    expect(await result("snapshots")).toMatchObject({ snapshots: [] });
    expect(await result("load", "--rate", "300", "--for", "5s")).toMatchObject({
      result: "passed",
      failed: 0,
      lost: 0,
    });
    expect((await list(release.namespace, "jobs")).filter(({ metadata }) => !metadata.deletionTimestamp)).toEqual([]);
  });

  it("`place` names the node that holds a majority of the primaries, and hands one of them over under load", async () => {
    const node = await crowd();
    const blocked = await run("check", "pre");
    expect(blocked.code).toBe(3);
    expect((blocked.json() as { findings: readonly Finding[] }).findings).toContainEqual(
      expect.objectContaining({ id: "placement.majority", status: "fail", subject: node }),
    );
    expect(await result("place")).toMatchObject({ result: "planned", before: { hosts: { [node]: 2 } } });
    expect(await hostsOfPrimaries()).toContain(node);

    const noticed = await underLoad(release, async () => {
      const placed = await result<{ readonly findings: readonly Finding[] }>("place", "--execute");
      expect(placed).toMatchObject({ result: "placed", after: { hosts: { [node]: 1 } } });
      // Of three primaries in two zones, one zone always holds two.
      expect(placed.findings.filter(({ severity }) => severity === "block")).toEqual([]);
    });
    expect(seenBy(noticed)).toEqual(NOBODY_NOTICED);
    expect(new Set(await hostsOfPrimaries()).size, "primaries on three nodes").toBe(3);
    expect((await run("check", "pre")).code).toBe(0);
    expect(await result("place", "--execute")).toMatchObject({ result: "nothing", handovers: [] });
  });

  it("`add-replica` makes one more copy, `remove-replica` takes it away, and it comes again", async () => {
    for (let times = 0; times < 2; times += 1) {
      expect(await result("add-replica", "rc-0")).toMatchObject({ result: "added", pod: ADDED, primary: "rc-0" });
      const { nodes, state: is } = await result<StatusReport>("status");
      expect(is).toBe("ok");
      expect(nodes.find(({ name }) => name === ADDED)).toMatchObject({ role: "replica", primary: "rc-0", ready: true });
      expect(await result("check", "post")).toMatchObject({ blocking: 0 });
      expect(await result("remove-replica", ADDED)).toMatchObject({ result: "planned" });
      expect(await result("remove-replica", ADDED, "--execute")).toMatchObject({
        result: "removed",
        movedTo: `volume claim data-${ADDED}`,
      });
      await expectOrdinary("redis@7.0");
    }
  });

  it("`remove-replica` of a pod that the cluster was made with is refused", async () => {
    expect((await run("remove-replica", "rc-5", "--execute")).code).toBe(3);
  });

  it("a server that does not answer for seconds ends no snapshot", async () => {
    const busy = "local t=redis.call('TIME')[1] while redis.call('TIME')[1]-t<4 do end return 'over'";
    const post = `fetch("http://127.0.0.1:9640/snapshot",{method:"POST",body:JSON.stringify({set:"busy",shard:0}),headers:{
      "content-type":"application/json","x-evenkeel-token":fs.readFileSync("/run/secrets/evenkeel/token","utf8").trim()
    }}).then(async(answer)=>console.log(answer.status,await answer.text()))`;
    const script = release.call("rc-3", "EVAL", busy, "0");
    const snapshot = release.kubectl("exec", "rc-3", "-c", "agent", "--", "node", "-e", post);
    expect(await script).toContain("over");
    expect(await snapshot).toMatch(/^200 .*takenAt/);
  });

  it("`rollback --execute` from the soak hands back: the old version serves again, and no client notices", async () => {
    const owners = await release.primaries();
    const upgrade = ["upgrade", "--to", "redis@8.0", "--execute", "--rate", "300", "--policy"];
    const running = await start(...upgrade, testPolicy({ soak: { ms: 60_000 } }));
    await until("the soak to begin", 200, async () => {
      return running.child.exitCode !== null || running.said().includes("the soak of 60 s");
    });
    if (running.child.exitCode !== null) throw new Error(running.said().slice(-3000));
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    const report = await result<UpgradeReport>("rollback", "--execute", "--rate", "300", "--policy", testPolicy());
    expect(seen(report)).toEqual({ result: "rolled-back", ...NOTHING });
    await expectOrdinary("redis@7.0");
    expect(await release.primaries()).toEqual(owners);
    const { snapshots } = await result<{ snapshots: readonly Snapshot[] }>("snapshots");
    expect(snapshots.map(({ shard }) => shard)).toEqual([0, 1, 2]);
  });

  it("`upgrade --surge` takes one more replica of each shard along, and leaves nothing of them behind", async () => {
    const upgrade = ["upgrade", "--to", "redis@8.0", "--surge", "--execute", "--rate", "300"];
    const report = await result<UpgradeReport>(...upgrade, "--policy", testPolicy());
    expect({ ...seen(report), failovers: report.failovers }).toEqual({ result: "passed", ...NOTHING, failovers: 3 });
    await expectOrdinary("redis@8.0");
  });
});
