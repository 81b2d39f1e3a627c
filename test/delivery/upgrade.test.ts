import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { flawsOf, type RunningClients, startClients } from "../kubernetes/support/clients.js";
import { until } from "../kubernetes/support/kube.js";
import { installRelease, type Release } from "../kubernetes/support/release.js";
import { type Checkout, copyCheckout } from "./support/copy-checkout.js";
import { runWorkflow, type WorkflowOutcome } from "./support/run-workflow.js";
import { serverProcess } from "./support/server-process.js";

let checkout: Checkout;
let release: Release | undefined;
let clients: RunningClients | undefined;
let outcome: WorkflowOutcome | undefined;

beforeAll(() => {
  checkout = copyCheckout();
  // Before any cluster: a build takes the time of its servers' probes on a small machine.
  execFileSync(process.execPath, ["scripts/setup.mjs"], { cwd: checkout.folder });
});
afterEach(async () => {
  clients?.kill();
  outcome?.remove();
  await release?.remove();
});
afterAll(() => checkout.remove());

const NO_FLAW = { failed: 0, errors: {}, lost: 0, doubled: 0 };

interface Upgraded {
  readonly ran: WorkflowOutcome;
  readonly flaws: Readonly<Record<string, object>>;
  readonly versions: readonly string[];
}

/** Runs the workflow on a release of Redis 7.0 that clients of two libraries work on. */
async function upgrade(canaryMs: number, meddle?: (release: Release) => Promise<unknown>): Promise<Upgraded> {
  const started = await installRelease();
  release = started;
  writeFileSync(join(checkout.folder, "policy.json"), JSON.stringify({ soak: { canaryMs, ms: 3000 } }));
  clients = await startClients({ seeds: await started.seeds(), libraries: ["go-redis", "redis-py"] });
  const meddling = meddle?.(started);
  outcome = await runWorkflow(join(checkout.folder, ".github/workflows/upgrade.yml"), {
    checkout: checkout.folder,
    inputs: {
      environment: "demo",
      namespace: started.namespace,
      release: started.name,
      to: "redis@8.0",
      policy: "policy.json",
    },
    vars: { EKS_CLUSTER_DEMO: "test" },
    env: await checkout.env(4),
  });
  await meddling;
  const flaws = flawsOf(await clients.finish());
  await started.untilReady(120);
  const names = (await started.pods()).map(({ metadata }) => metadata.name);
  const infos = await Promise.all(names.map((pod) => started.call(pod, "INFO", "server")));
  const versions = [...new Set(infos.map((info) => /redis_version:(\d+\.\d+)/u.exec(info)?.[1] ?? info))];
  return { ran: outcome, flaws, versions };
}

/** Kills the server of the first pod that runs the new version, once it is ready: what a bad build does in its soak. */
async function killCanary(started: Release): Promise<void> {
  const uid = await until("the first pod of the new version", 240, async () => {
    const pods = await started.pods();
    const ready = pods.find(({ metadata, status }) => {
      const { annotations = {} } = metadata as { annotations?: Record<string, string> };
      const conditions = (status["conditions"] ?? []) as { type: string; status: string }[];
      return (
        annotations["evenkeel.dev/version"] === "8.0" &&
        conditions.some((one) => one.type === "Ready" && one.status === "True")
      );
    });
    return ready?.metadata.uid;
  });
  await sleep(2000);
  process.kill(serverProcess(uid), "SIGKILL");
}

describe("the workflow `upgrade`, with clients at work", () => {
  it("checks, plans, upgrades and checks, and no client notices", async () => {
    const { ran, flaws, versions } = await upgrade(3000);
    expect(ran.log).toContain("::notice title=Upgraded::rc runs redis@8.0");
    expect(Object.values(ran.jobs).map(({ status }) => status)).toEqual(["success", "success"]);
    expect(ran.step("Take it back")).toBe("skipped");
    expect(ran.jobs["plan"]?.outputs["from"]).toBe("redis@7.0");
    expect(ran.summary).toMatch(
      /## Check before[\s\S]*## Plan[\s\S]*```mermaid\ngantt[\s\S]*## Check after[\s\S]* 0 block/u,
    );
    expect(flaws).toEqual({ "go-redis": NO_FLAW, "redis-py": NO_FLAW });
    expect(versions).toEqual(["8.0"]);
  });

  it("is rolled back by itself when the new version dies in its soak, and what was rolled back is checked", async () => {
    const { ran, flaws, versions } = await upgrade(20_000, killCanary);
    expect(ran.log).toContain("::error title=Rolled back::");
    expect(ran.jobs["upgrade"]?.status).toBe("failure");
    expect(ran.step("Take it back")).toBe("skipped");
    expect(ran.step("Check what was taken back")).toBe("success");
    expect(flaws).toEqual({ "go-redis": NO_FLAW, "redis-py": NO_FLAW });
    expect(versions).toEqual(["7.0"]);
  });

  it("plans nothing and touches nothing where the check before blocks", async () => {
    const { ran, versions } = await upgrade(3000, (started) =>
      started.call("rc-1", "CONFIG", "SET", "cluster-node-timeout", "7000"),
    );
    expect(ran.step("Check before")).toBe("failure");
    expect(ran.step("Plan")).toBe("skipped");
    expect(ran.jobs["upgrade"]?.status).toBe("skipped");
    expect(ran.summary).toContain("block  config.node-timeout (");
    expect(versions).toEqual(["7.0"]);
  });
});
