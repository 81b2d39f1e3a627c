import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEngineSpec } from "../../src/cluster/engines.js";
import type { ServerTemplate } from "../../src/platforms/local/cluster-file.js";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import { localPlatform } from "../../src/platforms/local/local-platform.js";
import type { Pod } from "../../src/ports/platform.js";
import {
  adverseEngine,
  type AdverseKind,
  type AdverseOptions,
  writeAdverseEngine,
} from "../fixtures/engines/adverse.js";
import { startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster;
let real: ServerTemplate;
beforeAll(async () => {
  cluster = await startTestCluster({ engine: "redis@7.0" });
  real = await resolveEngine(parseEngineSpec("redis@8.0"), { env: process.env });
});
afterAll(() => cluster?.destroy());

const podNamed = async (name: string): Promise<Pod> => {
  const pod = (await cluster.pods()).find((each) => each.name === name);
  if (!pod) throw new Error(`no pod ${name}`);
  return pod;
};

/** The platform, as it is when the engine that is gone to fails in this way. */
function platformWith(kind: AdverseKind, options?: AdverseOptions) {
  const template = adverseEngine(kind, real, options);
  return localPlatform({ home: cluster.home, name: "rc", resolve: async () => template });
}

/** Gives rc-3 the adverse engine, as a canary. */
async function roll(kind: AdverseKind, options?: AdverseOptions): Promise<void> {
  const platform = platformWith(kind, options);
  await platform.stage({ engine: "redis", version: real.version });
  const { uid } = await podNamed("rc-3");
  await platform.replace("rc-3", uid);
  await until("rc-3 to be another pod", 30, async () => (await podNamed("rc-3")).uid !== uid);
}

/** Takes rc-3 back: whatever the engine did, the former one gets in step again. */
async function rollBack(): Promise<void> {
  const { engine, version } = await resolveEngine(parseEngineSpec("redis@7.0"), { env: process.env });
  await cluster.platform.stage({ engine, version });
  const { uid } = await podNamed("rc-3");
  await cluster.platform.replace("rc-3", uid);
  await until("rc-3 to be another pod", 30, async () => (await podNamed("rc-3")).uid !== uid);
  await untilReady(cluster, 40);
}

describe("an adverse engine", () => {
  it.each(["refuses", "dies-after", "slow-to-load", "never-syncs"] as const)(
    "that %s is found by the search for engines with the version of the real one",
    async (kind) => {
      const folder = mkdtempSync(join(tmpdir(), "evenkeel-adverse-"));
      try {
        writeAdverseEngine(folder, kind, { real });
        const found = await resolveEngine(
          { engine: "redis", version: real.version },
          { env: { ...process.env, EVENKEEL_ENGINES: folder } },
        );
        expect(found).toMatchObject({ version: real.version, server: [join(folder, "redis-server")] });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it("that refuses is seen when the configuration is tried, unless it behaves well then", async () => {
    const template = { engine: "redis", version: real.version } as const;
    expect(await platformWith("refuses").tryConfiguration(template)).toEqual({ accepted: true, reason: "" });
    const refused = await platformWith("refuses", { trial: "adverse" }).tryConfiguration(template);
    expect(refused).toMatchObject({ accepted: false, reason: expect.stringContaining("refuses to start") });
    const slow = await platformWith("slow-to-load", { trial: "adverse", seconds: 8 }).tryConfiguration(template);
    expect(slow).toEqual({ accepted: false, reason: "it did not answer within 5 s" });
  });

  it("that refuses leaves its pod crashed, with its own words, and the others serving", async () => {
    await roll("refuses");
    const pod = await until("rc-3 to be called crashed", 40, async () => {
      const seen = await podNamed("rc-3");
      return seen.phase === "crashed" && seen;
    });
    expect(pod).toMatchObject({
      ready: false,
      reason: expect.stringContaining("this build of the server refuses to start"),
    });
    expect((await cluster.pods()).filter(({ ready }) => ready).length).toBe(5);
    await rollBack();
  });

  it("that dies after some seconds is ready first, then restarted, and says what killed it", async () => {
    await roll("dies-after", { seconds: 6 });
    const running = await until("rc-3 to be ready", 20, async () => {
      const seen = await podNamed("rc-3");
      return seen.ready && seen;
    });
    expect(running).toMatchObject({ containerRestarts: 0, template: { version: real.version } });
    const dead = await until("rc-3 to die", 15, async () => {
      const seen = await podNamed("rc-3");
      return seen.containerRestarts > 0 && !seen.ready && seen;
    });
    expect(dead.reason).toMatch(/the server killed by SIGKILL; started again|waits for the server|not ready/u);
    await rollBack();
  });

  it("that is slow to load is waited for, and the pod says for what", async () => {
    await roll("slow-to-load", { seconds: 4 });
    const waiting = await until("rc-3 to say what it waits for", 4, async () => {
      const seen = await podNamed("rc-3");
      return seen.reason.includes("waits for the server") && seen;
    });
    expect(waiting).toMatchObject({ phase: "starting", ready: false });
    await untilReady(cluster, 20);
    expect(await podNamed("rc-3")).toMatchObject({ template: { version: real.version }, containerRestarts: 0 });
    await rollBack();
  });

  it("that never syncs runs and answers, and is never ready, because of its link", async () => {
    await roll("never-syncs");
    const pod = await until("rc-3 to say why it is not ready", 20, async () => {
      const seen = await podNamed("rc-3");
      return seen.reason.includes("replica.link") && seen;
    });
    expect(pod).toMatchObject({
      phase: "running",
      ready: false,
      reason: expect.stringMatching(/the link to .* is down/u),
    });
    expect(await cluster.call("rc-3", "PING")).toBe("PONG");
    const status = await cluster.status("rc-3");
    expect(status.ready.conditions.filter(({ holds }) => !holds).map(({ name }) => name)).toContain("replica.link");
    await rollBack();
  });
});
