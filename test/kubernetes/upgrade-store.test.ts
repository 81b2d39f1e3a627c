import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectKubernetes, type KubeApi } from "../../src/platforms/kubernetes/api/connect.js";
import type { KubeRelease } from "../../src/platforms/kubernetes/release/find-release.js";
import { kubernetesUpgradeStore } from "../../src/platforms/kubernetes/upgrade-store/kubernetes-upgrade-store.js";
import type { JournalEntry, UpgradeStore } from "../../src/ports/journal.js";
import { upgradeStoreContract } from "../support/upgrade-store-contract.js";
import { kubeEnv, kubectl } from "./support/kube.js";
import { makeNamespace } from "./support/release.js";

const STORE = new URL("../../src/platforms/kubernetes/upgrade-store/kubernetes-upgrade-store.ts", import.meta.url).href;
const CONNECT = new URL("../../src/platforms/kubernetes/api/connect.ts", import.meta.url).href;
const BEGUN = { kind: "begun", upgrade: "u1", direction: "upgrade", plan: [], by: "test" } as const;

let namespace: string;
let api: KubeApi;
let release: KubeRelease;
let count = 0;
const children: ChildProcess[] = [];

/** What is remembered belongs to a StatefulSet: without a living one Kubernetes clears it away. */
async function makeOwner(name: string): Promise<string> {
  const labels = { app: name };
  const spec = {
    replicas: 0,
    serviceName: name,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "none", image: "none" }] } },
  };
  const set = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name, namespace }, spec };
  await kubectl(["create", "-f", "-"], { input: JSON.stringify(set) });
  return kubectl(["-n", namespace, "get", "statefulset", name, "-o", "jsonpath={.metadata.uid}"]);
}

beforeAll(async () => {
  Object.assign(process.env, await kubeEnv());
  namespace = await makeNamespace();
  api = await connectKubernetes({ namespace });
});

afterAll(async () => {
  await kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

beforeEach(async () => {
  count += 1;
  const fullname = `rc${count}`;
  const uid = await makeOwner(fullname);
  release = {
    name: fullname,
    namespace,
    fullname,
    uid,
    shards: 3,
    replicas: 1,
    addresses: "stable",
    clusterDomain: "cluster.local",
  };
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await store().lease.release();
});

const store = (): UpgradeStore => kubernetesUpgradeStore(api, release);
const begun = (): JournalEntry => ({ ...BEGUN, cluster: `${namespace}/${release.fullname}` });

/** Another process that takes the lease and keeps it. */
async function startHolder(): Promise<ChildProcess> {
  const program = `
    import { connectKubernetes } from ${JSON.stringify(CONNECT)};
    import { kubernetesUpgradeStore } from ${JSON.stringify(STORE)};
    const api = await connectKubernetes({ namespace: ${JSON.stringify(namespace)} });
    const store = kubernetesUpgradeStore(api, ${JSON.stringify(release)});
    console.log(JSON.stringify(await store.lease.take("upgrade to redis@8.0")));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  expect(line).toBe('{"taken":true}');
  return child;
}

describe("the Kubernetes store of upgrades", () => {
  upgradeStoreContract(() => ({ open: (cluster = "c1") => kubernetesUpgradeStore(api, release, cluster) }));

  it("refuses the lease while another process renews it, and says who", async () => {
    const child = await startHolder();
    expect(await store().lease.take("me")).toEqual({
      taken: false,
      holder: expect.stringContaining(`upgrade to redis@8.0 (process ${child.pid} on `),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  it("gives the lease of a process of this machine that was killed to the next one at once", async () => {
    const child = await startHolder();
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    const before = performance.now();
    expect(await store().lease.take("me")).toEqual({ taken: true });
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it("gives the lease of another machine's process away once nobody renewed it for its time", async () => {
    await store().lease.take("somebody");
    await store().lease.release();
    const lease = `${release.fullname}-upgrade`;
    const patch = { spec: { holderIdentity: "elsewhere/1/2/3", leaseDurationSeconds: 6 } };
    await kubectl(["-n", namespace, "patch", "lease", lease, "--type", "merge", "-p", JSON.stringify(patch)]);
    const before = performance.now();
    expect(await store().lease.take("me")).toEqual({ taken: true });
    expect(performance.now() - before).toBeGreaterThan(5500);
  });

  it("stops a runner that another one took over from, at its next record", async () => {
    const [first, second] = [store(), store()];
    await first.journal.append(begun());
    await second.journal.append({ kind: "step-started", step: "theirs" });
    await expect(first.journal.append({ kind: "step-started", step: "ours" })).rejects.toMatchObject({
      code: "UPGRADE_TAKEN_OVER",
      exitCode: 6,
    });
    expect(await second.journal.read()).toMatchObject([{ kind: "begun" }, { step: "theirs" }]);
  });

  it("refuses a journal in which a word was changed", async () => {
    await store().journal.append(begun());
    const name = `${release.fullname}-journal`;
    const text = await kubectl(["-n", namespace, "get", "configmap", name, "-o", "jsonpath={.data.journal\\.ndjson}"]);
    const data = { "journal.ndjson": `${text.trimEnd().replace('"by":"test"', '"by":"tesT"')}\n` };
    await kubectl(["-n", namespace, "patch", "configmap", name, "--type", "merge", "-p", JSON.stringify({ data })]);
    await expect(store().journal.read()).rejects.toMatchObject({ code: "JOURNAL_CORRUPT", exitCode: 3 });
  });
});
