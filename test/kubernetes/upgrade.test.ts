import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../src/cli/upgrade-report.js";
import { type CliResult, type CliRun, testPolicy } from "../local/support/run-cli.js";
import { NOTHING, seen } from "../local/support/upgrade-report.js";
import { PROMISED, startClients } from "./support/clients.js";
import { startEvenkeel } from "./support/evenkeel.js";
import { installBefore, tellOnFailure } from "./support/install-before.js";
import { until } from "./support/kube.js";
import { engineValues, type Release } from "./support/release.js";

const home = mkdtempSync(join(tmpdir(), "evenkeel-kubernetes-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function startUpgrade(
  release: Release,
  to: string,
  { helm = 4, flags = [] }: { readonly helm?: 3 | 4; readonly flags?: readonly string[] } = {},
): Promise<CliRun> {
  const what = ["upgrade", "--to", to, "--execute", "--rate", "300", "--policy", testPolicy(), ...flags];
  return startEvenkeel(release, what, { home, helm });
}

/** Where no pod moves, nobody has to watch. */
const UNSEEN = ["--witness", "off"];

/** Clients of other languages beside the command's own witness: nobody may notice anything. */
async function unnoticed<T>(release: Release, change: () => Promise<T>): Promise<T> {
  const clients = await startClients({ seeds: await release.seeds(), libraries: PROMISED, rate: 50 });
  try {
    const result = await change();
    const reports = await clients.finish();
    expect(reports.map(({ library, errors, lost, doubled }) => ({ library, errors, lost, doubled }))).toEqual(
      PROMISED.map((library) => ({ library, errors: {}, lost: 0, doubled: 0 })),
    );
    return result;
  } catch (error) {
    clients.kill();
    throw error;
  }
}

/** How a run ended and what its own clients saw; what it said, where it ended otherwise. */
function ending({ code, stderr, json }: CliResult, wanted: { readonly code: number }): object {
  if (code !== wanted.code) throw new Error(`exit ${code}: ${stderr.slice(-4000)}`);
  const report = json() as UpgradeReport;
  process.stderr.write(
    `${report.result} ${report.from} -> ${report.to}: ${report.commands} commands, ${report.failed} failed, ` +
      `${report.lost} lost, ${report.failovers} failovers, stall ${report.longestStallMs} ms, ${report.seconds} s\n`,
  );
  return { code, ...seen(report), failovers: report.failovers };
}

const images = async (release: Release): Promise<ReadonlySet<string>> =>
  new Set((await release.pods()).map(({ spec }) => (spec["containers"] as { image: string }[])[0]?.image ?? ""));

const uids = async (release: Release): Promise<readonly string[]> =>
  (await release.pods()).map(({ metadata }) => metadata.uid);

describe("`evenkeel upgrade --platform kubernetes` of a Redis", () => {
  const installed = installBefore({ values: engineValues("redis@7.0"), helm: 4 });

  it.each([
    ["cannot be pulled", "localhost/redis:8.0.99", "IMAGE_UNAVAILABLE", /8\.0\.99/],
    ["has no such server", "localhost/node:24", "CONFIG_REFUSED", /redis-server/],
    ["holds another version", "localhost/redis:7.0", "CONFIG_REFUSED", /holds redis@7\.0/],
  ])("an image that %s: refused before the first pod moves", async (_, image, code, why) => {
    const release = installed();
    tellOnFailure(release);
    const before = await uids(release);
    const result = await (await startUpgrade(release, "redis@8.0", { flags: ["--image", image, ...UNSEEN] })).ended;
    expect(result).toMatchObject({ code: 1 });
    expect(result.json()).toMatchObject({ error: { code, message: expect.stringMatching(why) } });
    expect(result.json()).toMatchObject({ error: { message: expect.stringMatching(/nothing was changed/) } });
    expect(await uids(release)).toEqual(before);
  });

  it("7.0 to 8.0: three failovers, and no client of any language notices", async () => {
    const release = installed();
    tellOnFailure(release);
    await unnoticed(release, async () => {
      const result = await (await startUpgrade(release, "redis@8.0")).ended;
      expect(ending(result, { code: 0 })).toEqual({ code: 0, result: "passed", ...NOTHING, failovers: 3 });
    });
    expect(await images(release)).toEqual(new Set(["localhost/redis:8.0"]));
  });

  it("an engine that refuses the data: refused before the first pod moves", async () => {
    const release = installed();
    tellOnFailure(release);
    const before = await uids(release);
    expect((await (await startUpgrade(release, "redis@7.0", { flags: UNSEEN })).ended).code).toBe(3);
    expect(await uids(release)).toEqual(before);
  });
});

describe("`evenkeel upgrade --platform kubernetes` of a Valkey", () => {
  const installed = installBefore({ values: engineValues("valkey@8.0"), helm: 3 });

  /** Ends the server of every pod that runs the version, again and again, as one that crashes. */
  async function crashServers(release: Release, version: string, signal: AbortSignal): Promise<number> {
    const crash = `valkey-server --version | grep -q "v=${version}" && valkey-cli SHUTDOWN NOSAVE NOW FORCE && echo ended`;
    let ended = 0;
    while (!signal.aborted) {
      for (const { metadata, spec } of await release.pods()) {
        const image = (spec["containers"] as { image: string }[])[0]?.image ?? "";
        if (!image.includes(`:${version}`)) continue;
        const said = await release
          .kubectl("exec", metadata.name, "-c", "server", "--", "sh", "-c", crash)
          .catch((error: unknown) => String(error));
        if (/ended|137|terminated/.test(said)) ended += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return ended;
  }

  it("a new version that crashes in its canary: rolled back by itself, and no client notices", async () => {
    const release = installed();
    tellOnFailure(release);
    await unnoticed(release, async () => {
      const over = new AbortController();
      const run = await startUpgrade(release, "valkey@8.1", { helm: 3 });
      const crashes = crashServers(release, "8.1", over.signal);
      const result = await run.ended.finally(() => over.abort());
      expect(await crashes).toBeGreaterThan(0);
      expect(ending(result, { code: 1 })).toEqual({ code: 1, result: "rolled-back", ...NOTHING, failovers: 0 });
    });
    await release.untilReady(60);
    expect(await images(release)).toEqual(new Set(["localhost/valkey:8.0"]));
  });

  it("8.0 to 9.1, its runner killed in the middle: the same command from another folder goes on, still three failovers", async () => {
    const release = installed();
    tellOnFailure(release);
    await unnoticed(release, async () => {
      const first = await startUpgrade(release, "valkey@9.1", { helm: 3 });
      await until("the second replica to be replaced", 120, async () => {
        return first.child.exitCode !== null || (first.said().match(/runs valkey@9/g) ?? []).length >= 2;
      });
      if (first.child.exitCode !== null) throw new Error(first.said().slice(-3000));
      first.child.kill("SIGKILL");
      await first.ended;
      const result = await (await startUpgrade(release, "valkey@9.1", { helm: 3 })).ended;
      expect(ending(result, { code: 0 })).toEqual({ code: 0, result: "passed", ...NOTHING, failovers: 3 });
    });
    expect(await images(release)).toEqual(new Set(["localhost/valkey:9.1"]));
  });
});
