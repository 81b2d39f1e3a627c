import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { flawsOf, type RunningClients, startClients } from "../kubernetes/support/clients.js";
import { installRelease, type Release } from "../kubernetes/support/release.js";
import { type Checkout, copyCheckout } from "./support/copy-checkout.js";
import { runWorkflow, type WorkflowOutcome } from "./support/run-workflow.js";

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

/** How each job ended; one that did not end as it was to is explained by its log. */
function told({ jobs, log }: WorkflowOutcome): Readonly<Record<string, string>> {
  process.stdout.write(`${log}\n`);
  return Object.fromEntries(Object.entries(jobs).map(([name, { status }]) => [name, status]));
}

const NO_FLAW = { failed: 0, errors: {}, lost: 0, doubled: 0 };

/** Runs the workflow on a release of Redis 7.0 that clients of two libraries work on. */
async function upgrade(
  helm: 3 | 4,
  tag: string,
  before?: (release: Release) => Promise<unknown>,
): Promise<{
  readonly ran: WorkflowOutcome;
  readonly flaws: Readonly<Record<string, object>>;
  readonly versions: readonly string[];
}> {
  release = await installRelease({ helm });
  const values = await release.helm("get", "values", release.name, "-o", "json");
  writeFileSync(join(checkout.folder, "values.json"), String(values.stdout));
  await before?.(release);
  clients = await startClients({ seeds: await release.seeds(), libraries: ["go-redis", "redis-py"] });
  outcome = await runWorkflow(join(checkout.folder, ".github/workflows/helm-upgrade.yml"), {
    checkout: checkout.folder,
    inputs: { environment: "demo", namespace: release.namespace, release: release.name, values: "values.json", tag },
    vars: { EKS_CLUSTER_DEMO: "test" },
    env: { ...(await checkout.env(helm)), HELM_TIMEOUT: tag === "8.0" ? "5m" : "60s" },
  });
  const flaws = flawsOf(await clients.finish());
  await release.untilReady(120);
  const names = (await release.pods()).map(({ metadata }) => metadata.name);
  const infos = await Promise.all(names.map(async (pod) => release?.call(pod, "INFO", "server")));
  const versions = [...new Set(infos.map((info = "") => /redis_version:(\d+\.\d+)/u.exec(info)?.[1] ?? info))];
  return { ran: outcome, flaws, versions };
}

describe.each([3, 4] as const)("the workflow `helm upgrade`, with Helm %i and clients at work", (helm) => {
  it("upgrades between both checks, and no client notices", async () => {
    const { ran, flaws, versions } = await upgrade(helm, "8.0");
    expect(told(ran)).toEqual({ upgrade: "success", rollback: "skipped" });
    expect(ran.summary).toMatch(
      /## Check before\n```\n[\s\S]* 0 block\n```\n## Check after\n```\n[\s\S]* 0 block\n```/u,
    );
    expect(flaws).toEqual({ "go-redis": NO_FLAW, "redis-py": NO_FLAW });
    expect(versions).toEqual(["8.0"]);
  });

  it("rolls back from an image that cannot be pulled, checks what was rolled back, and no client notices", async () => {
    const { ran, flaws, versions } = await upgrade(helm, "8.9");
    expect(told(ran)).toEqual({ upgrade: "failure", rollback: "success" });
    expect(ran.summary).toMatch(/## Check after the rollback\n```\n[\s\S]* 0 block\n```/u);
    expect(ran.log).toMatch(/::error title=Rolled back::rc in test-/u);
    expect(flaws).toEqual({ "go-redis": NO_FLAW, "redis-py": NO_FLAW });
    expect(versions).toEqual(["7.0"]);
  });

  it("touches nothing where the check before blocks", async () => {
    const { ran, flaws, versions } = await upgrade(helm, "8.0", (before) =>
      before.call("rc-1", "CONFIG", "SET", "cluster-node-timeout", "7000"),
    );
    expect(ran.step("Check before")).toBe("failure");
    expect(ran.step("Upgrade")).toBe("skipped");
    expect(told(ran)).toEqual({ upgrade: "failure", rollback: "skipped" });
    expect(ran.summary).toContain("block  config.node-timeout (");
    expect(flaws).toEqual({ "go-redis": NO_FLAW, "redis-py": NO_FLAW });
    expect(versions).toEqual(["7.0"]);
    const history = await release?.helm("history", "rc", "-o", "json");
    expect(JSON.parse(String(history?.stdout))).toHaveLength(1);
  });
});
