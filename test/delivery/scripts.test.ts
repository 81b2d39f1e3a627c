import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { kubectl, kubeEnv, until } from "../kubernetes/support/kube.js";
import { installRelease, type Release } from "../kubernetes/support/release.js";
import { copyCheckout } from "./support/copy-checkout.js";
import { runWorkflow, type WorkflowOutcome } from "./support/run-workflow.js";
import { type CleanShell, cleanShell, type ScriptOutcome } from "./support/run-script.js";
import { coverData, dropBusPackets, serverProcess } from "./support/server-process.js";

const NODE_TIMEOUT_MS = 2000;
const SLOT = 100;

let release: Release;
let shell: CleanShell;
/** How the faults that a test seeded are taken away again, the last one first. */
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  shell = await cleanShell();
  const values = { image: { tag: "8.0" }, nodeTimeoutMs: NODE_TIMEOUT_MS };
  release = await installRelease({ values });
});
afterAll(async () => {
  await release?.remove();
  shell?.remove();
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  // Where pods stand is the scheduler's: a node that somebody drains meanwhile is no fault of these tests.
  await until("nothing to block", 60, async () => {
    const { blocking, stderr } = await check("pre");
    if (stderr === "" && blocking.every((id) => id.startsWith("placement."))) return true;
    throw new Error(stderr + blocking.join(" "));
  });
});

function check(when: "pre" | "post", ...more: readonly string[]): Promise<ScriptOutcome> {
  const settle = when === "post" ? ["--settle", "0"] : [];
  return shell.run(when, ["--release", release.name, "--namespace", release.namespace, "--json", ...settle, ...more]);
}

/** Runs the check until it blocks for this reason; some faults take effect only after the node timeout. */
async function untilFound(id: string, evidence: RegExp, again?: () => Promise<unknown>): Promise<ScriptOutcome> {
  return until(`finding ${id} with ${evidence.source}`, 15, async () => {
    await again?.();
    const found = await check("pre");
    const blocks = found.findings.some((one) => one.id === id && one.status === "fail" && evidence.test(one.evidence));
    if (blocks) return found;
    throw new Error(found.blocking.join(" ") || found.stderr || "nothing blocks");
  });
}

interface Node {
  readonly pod: string;
  readonly id: string;
  readonly primaryId: string;
  readonly epoch: number;
  readonly firstSlot: number;
}

interface Shard {
  readonly primary: Node;
  readonly replica: Node;
}

async function readNode(pod: string): Promise<Node> {
  const line = (await release.call(pod, "CLUSTER", "NODES")).split("\n").find((one) => one.includes("myself")) ?? "";
  const [id = "", , , primaryId = "", , , epoch = "", , slots = ""] = line.split(" ");
  return { pod, id, primaryId, epoch: Number(epoch), firstSlot: Number.parseInt(slots, 10) };
}

/** The shards by their slots. */
async function shards(): Promise<readonly [Shard, Shard, Shard]> {
  const nodes = await Promise.all((await release.pods()).map(({ metadata }) => readNode(metadata.name)));
  const primaries = nodes.filter(({ primaryId }) => primaryId === "-").toSorted((a, b) => a.firstSlot - b.firstSlot);
  const found = primaries.map((primary) => {
    const replica = nodes.find(({ primaryId }) => primaryId === primary.id);
    if (replica === undefined) throw new Error(`${primary.pod} has no replica`);
    return { primary, replica };
  });
  const [first, second, third] = found;
  if (!first || !second || !third) throw new Error("three shards are expected");
  return [first, second, third];
}

const call = ({ pod }: Node, ...command: readonly string[]): Promise<string> => release.call(pod, ...command);

async function callAll(...command: readonly string[]): Promise<void> {
  await Promise.all((await release.pods()).map(({ metadata }) => release.call(metadata.name, ...command)));
}

/** Lets a node hear nothing on the bus, and nobody be flagged for it while the test looks. */
async function deafen(node: Node): Promise<void> {
  const pid = await processOf(node);
  undo.push(() => callAll("CONFIG", "SET", "cluster-node-timeout", String(NODE_TIMEOUT_MS)));
  undo.push(() => dropBusPackets(pid, false));
  await callAll("CONFIG", "SET", "cluster-node-timeout", "30000");
  await dropBusPackets(pid, true);
}

async function processOf({ pod }: Node): Promise<number> {
  const found = (await release.pods()).find(({ metadata }) => metadata.name === pod);
  return serverProcess(found?.metadata.uid ?? "");
}

describe("both scripts on a healthy cluster", () => {
  it("end with 0 in less than 10 s, having looked at everything", async () => {
    const pre = await check("pre");
    expect(pre.stderr).toBe("");
    expect([pre.code, pre.blocking]).toEqual([0, []]);
    expect(pre.seconds).toBeLessThan(10);
    const ids = pre.findings.map(({ id }) => id);
    for (const id of ["slots.covered", "views.agree", "replica.lag", "disk.room", "canary.primary", "canary.replica"])
      expect(ids).toContain(id);
    const post = await check("post", "--to", "redis@8");
    expect([post.code, post.blocking]).toEqual([0, []]);
    expect(post.seconds).toBeLessThan(10);
    expect(post.findings.find(({ id }) => id === "keys.kept")?.status).toBe("pass");
  });

  it("leave no key behind", async () => {
    await check("pre");
    for (const { primary } of await shards())
      expect(await call(primary, "--scan", "--pattern", "evenkeel:check:*")).toBe("");
  });

  it("say what is wrong in words as well", async () => {
    const { primary } = (await shards())[1];
    undo.push(() => call(primary, "CONFIG", "SET", "cluster-node-timeout", String(NODE_TIMEOUT_MS)));
    await call(primary, "CONFIG", "SET", "cluster-node-timeout", "3000");
    const { code, stdout } = await shell.run("pre", ["--release", release.name, "--namespace", release.namespace]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^block {2}config\.node-timeout \(.*\)\n {7}cluster-node-timeout differs: .*\n {7}do: /u);
    expect(stdout).toMatch(/\d+ passed, \d+ warn, 1 block\n?$/u);
  });
});

describe("the check before a change finds, with exit code 3", () => {
  it("a slot that nobody owns", async () => {
    const { primary } = (await shards())[0];
    undo.push(() => call(primary, "CLUSTER", "ADDSLOTS", String(SLOT)));
    const seed = (): Promise<void> => callAll("CLUSTER", "DELSLOTS", String(SLOT));
    const { code } = await untilFound("slots.covered", /1 of 16384 slots have no owner: 100$/u, seed);
    expect(code).toBe(3);
  });

  it("a slot that is open, at both of its nodes", async () => {
    const [{ primary: from }, { primary: to }] = await shards();
    for (const node of [from, to]) undo.push(() => call(node, "CLUSTER", "SETSLOT", String(SLOT), "STABLE"));
    await call(to, "CLUSTER", "SETSLOT", String(SLOT), "IMPORTING", from.id);
    await call(from, "CLUSTER", "SETSLOT", String(SLOT), "MIGRATING", to.id);
    const { code, findings } = await check("pre");
    expect(code).toBe(3);
    const open = findings.filter(({ id, status }) => id === "slots.open" && status === "fail");
    expect(open.map(({ subject }) => subject).toSorted()).toEqual([from.pod, to.pod].toSorted());
  });

  it("a replica whose link to its primary is down", async () => {
    const { primary, replica } = (await shards())[0];
    const [, password = ""] = (await call(replica, "CONFIG", "GET", "masterauth")).split("\n");
    undo.push(() => call(replica, "CONFIG", "SET", "masterauth", password));
    await call(replica, "CONFIG", "SET", "masterauth", "wrong");
    await call(primary, "CLIENT", "KILL", "TYPE", "replica");
    const { code } = await untilFound("replica.link", new RegExp(`^${replica.pod} has its link`, "u"));
    expect(code).toBe(3);
  });

  it("two views that disagree, and who says what", async () => {
    const byEpoch = (await shards()).map(({ primary }) => primary).toSorted((a, b) => a.epoch - b.epoch);
    const [lower, liar, owner] = byEpoch;
    if (!lower || !liar || !owner) throw new Error("three primaries are expected");
    // Of another owner with a lower epoch, so that the true owner's next word puts it right again.
    await deafen(liar);
    await call(liar, "CLUSTER", "SETSLOT", String(owner.firstSlot), "NODE", lower.id);
    const { code } = await untilFound("views.agree", new RegExp(`^${liar.pod} says of ${owner.pod}: `, "u"));
    expect(code).toBe(3);
  });

  it("a node that others flag as failed and that gives no answer, without waiting for it for long", async () => {
    const { replica } = (await shards())[1];
    const pid = await processOf(replica);
    undo.push(async () => process.kill(pid, "SIGCONT"));
    process.kill(pid, "SIGSTOP");
    const { code, blocking, seconds } = await untilFound(
      "node.failed",
      new RegExp(`^${replica.pod} is flagged fail by`, "u"),
    );
    expect(code).toBe(3);
    expect(blocking).toContain("node.reachable");
    expect(seconds).toBeLessThan(25);
  });

  it("a full disk", async () => {
    const { replica } = (await shards())[2];
    const pid = await processOf(replica);
    undo.push(() => coverData(pid, "remove"));
    await coverData(pid, "cover");
    await release.kubectl(
      "exec",
      replica.pod,
      "-c",
      "server",
      "--",
      "sh",
      "-c",
      "head -c 1000000 /dev/zero >/data/ballast",
    );
    const { code } = await untilFound("disk.room", new RegExp(`^${replica.pod}: 0\\.0 MB free`, "u"));
    expect(code).toBe(3);
  });

  it("a primary without a replica", async () => {
    const [{ replica }, { primary: other }] = await shards();
    undo.push(async () => call(replica, "CLUSTER", "REPLICATE", replica.primaryId));
    await call(replica, "CLUSTER", "REPLICATE", other.id);
    const { code } = await untilFound("shard.replica", /has no replica that answers$/u);
    expect(code).toBe(3);
  });

  it("a replica on the node of its primary", async () => {
    const pods = await release.pods();
    const hostOf = (node: Node): unknown => pods.find(({ metadata }) => metadata.name === node.pod)?.spec["nodeName"];
    const all = await shards();
    const pairs = all.flatMap((shard) => all.map((other) => [shard, other] as const));
    const swap = pairs.find(([one, other]) => one !== other && hostOf(one.replica) === hostOf(other.primary));
    if (!swap) throw new Error("no replica is on the node of another shard's primary");
    const [moved, target] = swap;
    for (const { primary, replica } of swap) undo.push(() => call(replica, "CLUSTER", "REPLICATE", primary.id));
    // Both replicas change places, so that no primary is without one.
    await call(moved.replica, "CLUSTER", "REPLICATE", target.primary.id);
    await call(target.replica, "CLUSTER", "REPLICATE", moved.primary.id);
    const evidence = new RegExp(`^${moved.replica.pod} is on node .*, as is its primary ${target.primary.pod}$`, "u");
    expect((await untilFound("placement.shard", evidence)).code).toBe(3);
    // A change is not to blame for where pods stand, and taking it back would not move them.
    const after = await check("post");
    expect(after.blocking).toEqual([]);
    expect(after.findings).toContainEqual(expect.objectContaining({ id: "placement.shard", severity: "warn" }));
  });

  it("a snapshot that failed", async () => {
    const { replica } = (await shards())[2];
    const inPod = (script: string): Promise<string> =>
      release.kubectl("exec", replica.pod, "-c", "server", "--", "sh", "-c", script);
    undo.push(async () => {
      await inPod("rmdir /data/dump.rdb");
      await call(replica, "BGSAVE", "SCHEDULE");
    });
    // The engine writes beside it and renames: onto a folder it cannot.
    await inPod("rm -f /data/dump.rdb && mkdir /data/dump.rdb");
    await call(replica, "BGSAVE", "SCHEDULE");
    const { code, blocking } = await untilFound("save.last", new RegExp(`^${replica.pod}: `, "u"));
    expect([code, blocking]).toEqual([3, ["save.last"]]);
  });

  it("a replica that knows an old epoch of its primary", async () => {
    const all = await shards();
    const newest = Math.max(...all.map(({ primary }) => primary.epoch));
    const { primary, replica } = all.find((one) => one.primary.epoch < newest) ?? all[0];
    await deafen(replica);
    expect(await call(primary, "CLUSTER", "BUMPEPOCH")).toMatch(/^BUMPED/u);
    const evidence = `^${replica.pod} shows epoch ${primary.epoch}; its primary ${primary.pod} has `;
    expect((await untilFound("epoch.replica", new RegExp(evidence, "u"))).code).toBe(3);
  });

  it("a node with another password, once and as what it is", async () => {
    const { replica } = (await shards())[1];
    undo.push(() => call(replica, "-a", "another", "--no-auth-warning", "CONFIG", "SET", "requirepass", ""));
    await call(replica, "CONFIG", "SET", "requirepass", "another");
    const { code, findings } = await untilFound("node.auth", new RegExp(`^${replica.pod}: NOAUTH`, "u"));
    expect(code).toBe(3);
    expect(findings.filter(({ id, status }) => id === "node.reachable" && status === "fail")).toEqual([]);
  });
});

describe("the check after a change finds, with exit code 3", () => {
  it("another version than was asked for", async () => {
    const { code, blocking } = await check("post", "--to", "valkey@8.1");
    expect([code, blocking]).toEqual([3, ["version.asked"]]);
  });

  it("keys that are gone from a shard", async () => {
    const { primary } = (await shards())[0];
    undo.push(() => call(primary, "FLUSHALL"));
    await fillShard(primary);
    const facts = join(shell.folder, "keys.facts");
    expect((await check("pre", "--facts", facts)).code).toBe(0);
    await call(primary, "FLUSHALL");
    const { code, blocking } = await check("post", "--facts", facts);
    expect([code, blocking]).toEqual([3, ["keys.kept"]]);
  });
});

/** 3000 keys in the node's slots, all with one tag. */
async function fillShard(primary: Node): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if ((await call(primary, "SET", `{tag${i}}first`, "1")) !== "OK") continue;
    const script = "for i=1,3000 do redis.call('SET', KEYS[1] .. i, i) end";
    await call(primary, "EVAL", script, "1", `{tag${i}}`);
    return;
  }
  throw new Error(`no tag of 200 falls into the slots of ${primary.pod}`);
}

describe("the nightly check", () => {
  const nightly = async (): Promise<WorkflowOutcome> => {
    const checkout = copyCheckout();
    try {
      return await runWorkflow(join(checkout.folder, ".github/workflows/drift.yml"), {
        checkout: checkout.folder,
        jobs: ["cluster"],
        matrix: { environment: "demo" },
        vars: { EKS_CLUSTER_DEMO: "test", REDIS_NAMESPACE: release.namespace, REDIS_RELEASE: release.name },
        env: await checkout.env(4),
      });
    } finally {
      checkout.remove();
    }
  };

  it("is content with a cluster that may be upgraded, and says which one may not", async () => {
    const well = await nightly();
    undo.push(async () => well.remove());
    expect([well.step("Check"), well.log]).toEqual(["success", expect.stringMatching(/ 0 block$/mu)]);
    const { primary } = (await shards())[0];
    undo.push(() => call(primary, "CONFIG", "SET", "cluster-node-timeout", String(NODE_TIMEOUT_MS)));
    await call(primary, "CONFIG", "SET", "cluster-node-timeout", "3000");
    const ill = await nightly();
    undo.push(async () => ill.remove());
    expect(ill.step("Check")).toBe("failure");
    expect(ill.log).toContain("::error title=Not well::rc in demo would not be upgraded now");
    expect(ill.summary).toContain("block  config.node-timeout (");
  });
});

describe("a call that cannot work says so and touches nothing", () => {
  const inNamespace = (): readonly string[] => ["--release", release.name, "--namespace", release.namespace];

  it("without a release, with an unknown argument, with a value that is none", async () => {
    for (const args of [[], ["--release", "rc", "--jsn"], ["--release", "rc", "--timeout", "soon"], ["--release"]]) {
      const { code, stderr, stdout } = await shell.run("pre", args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: .+\n {2}next: .+/u);
      expect(stdout).toBe("");
    }
  });

  it("without kubectl", async () => {
    const { code, stderr } = await shell.run("pre", inNamespace(), { PATH: shell.bare });
    expect([code, stderr]).toEqual([2, expect.stringContaining("kubectl is not installed")]);
  });

  it("with the name of a release that is not there", async () => {
    const { code, stderr } = await shell.run("pre", ["--release", "nobody", "--namespace", release.namespace]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("there is no release nobody")]);
  });

  it("without the facts that were named", async () => {
    const { code, stderr } = await check("post", "--facts", join(shell.folder, "none"));
    expect([code, stderr]).toEqual([2, expect.stringContaining("there are no facts at")]);
  });

  it("without the right to see pods, and without the right to look into them", async () => {
    const token = async (account: string): Promise<string> => {
      await release.kubectl("create", "serviceaccount", account);
      const value = await release.kubectl("create", "token", account);
      const config = join(shell.folder, `${account}.kubeconfig`);
      const { KUBECONFIG } = await kubeEnv();
      const view = JSON.parse(
        await kubectl(["config", "view", "--raw", "--minify", "-o", "json", "--kubeconfig", KUBECONFIG ?? ""]),
      ) as {
        users: { user: unknown }[];
      };
      for (const user of view.users) user.user = { token: value };
      writeFileSync(config, JSON.stringify(view));
      return config;
    };
    const blind = await shell.run("pre", inNamespace(), { KUBECONFIG: await token("blind") });
    expect([blind.code, blind.stderr]).toEqual([2, expect.stringContaining("may not get the StatefulSet")]);
    const config = await token("reader");
    await release.kubectl(
      "create",
      "rolebinding",
      "reader",
      "--clusterrole=view",
      `--serviceaccount=${release.namespace}:reader`,
    );
    await sleep(500);
    const reader = await shell.run("pre", inNamespace(), { KUBECONFIG: config });
    expect([reader.code, reader.stderr]).toEqual([2, expect.stringContaining("pods/exec")]);
  });

  it("on a cluster that has not come up, where it names the pods", async () => {
    undo.push(() => release.helm("uninstall", "half"));
    await release.helm(
      "install",
      "half",
      "redis-cluster",
      "--set",
      "nodeSelector.no=where,image.registry=localhost,image.tag=7.0",
    );
    const { code, stdout, seconds } = await shell.run("pre", ["--release", "half", "--namespace", release.namespace]);
    expect(code).toBe(3);
    expect(stdout).toContain("half-0 is not ready (Pending)");
    expect(seconds).toBeLessThan(10);
  });
});
