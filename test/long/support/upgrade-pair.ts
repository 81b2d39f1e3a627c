import { type EngineSpec, formatEngine } from "../../../src/cluster/engines.js";
import type { UpgradeReport } from "../../../src/cli/upgrade-report.js";
import { type CliResult, runCli, startCli, testPolicy } from "../../local/support/run-cli.js";
import { startTestCluster, type TestCluster, until, untilReady } from "../../local/support/test-cluster.js";
import { type MeasuredRun, measuredRun } from "./measured-run.js";

export interface Pair {
  readonly from: EngineSpec;
  readonly to: EngineSpec;
}

export interface PairRun extends MeasuredRun {
  readonly result: UpgradeReport["result"];
  readonly exitCode: number | null;
  /** Versions that run afterwards; one when all is well. */
  readonly versions: readonly string[];
}

/** Commands per second of the witness, and of the second load that looks on. */
const RATE = 2000;
const SECOND_RATE = 100;

const GLOBAL = ["--name", "rc", "--output", "json"];
const command = (verb: readonly string[], policy: string): readonly string[] =>
  GLOBAL.concat(verb, ["--execute", "--rate", String(RATE), "--policy", policy]);
const upgradeTo = (to: EngineSpec, policy = testPolicy()): readonly string[] =>
  command(["upgrade", "--to", formatEngine(to)], policy);
const ROLLBACK = (): readonly string[] => command(["rollback"], testPolicy());

async function runningVersions(cluster: TestCluster): Promise<readonly string[]> {
  const topology = await untilReady(cluster, 30);
  return [...new Set(topology.nodes.map((node) => node.view?.server.version ?? "?"))].toSorted();
}

async function concluded(cluster: TestCluster, result: CliResult, run: MeasuredRun): Promise<PairRun> {
  return {
    ...run,
    result: (result.json() as UpgradeReport).result,
    exitCode: result.code,
    versions: await runningVersions(cluster),
  };
}

/** Does something to a fresh cluster of `from` and removes it. */
async function onCluster<T>(from: EngineSpec, work: (cluster: TestCluster) => Promise<T>): Promise<T> {
  const cluster = await startTestCluster({ engine: formatEngine(from) });
  try {
    return await work(cluster);
  } finally {
    await cluster.destroy();
  }
}

async function measure(cluster: TestCluster, work: () => Promise<CliResult>): Promise<PairRun> {
  const second = await cluster.load(SECOND_RATE);
  const result = await work();
  const seen = await second.finish();
  return concluded(cluster, result, measuredRun(result.json() as UpgradeReport, seen));
}

/** The upgrade from its first step to its last; and taken back from there, where the pair has a way back. */
export async function upgradeWhole(
  { from, to }: Pair,
  { andBack }: { readonly andBack: boolean },
): Promise<{ readonly upgrade: PairRun; readonly afterCommit?: PairRun }> {
  return onCluster(from, async (cluster) => {
    const upgrade = await measure(cluster, () => runCli(cluster.home, upgradeTo(to)));
    if (!andBack || upgrade.exitCode !== 0) return { upgrade };
    return { upgrade, afterCommit: await measure(cluster, () => runCli(cluster.home, ROLLBACK())) };
  });
}

/** Up to the soak, Ctrl-C there, and all the way back. */
export async function backFromSoak({ from, to }: Pair): Promise<PairRun> {
  return onCluster(from, (cluster) =>
    measure(cluster, async () => {
      const running = startCli(cluster.home, upgradeTo(to, testPolicy({ soak: { ms: 120_000 } })));
      await Promise.race([
        until("the soak to begin", 200, async () => running.said().includes("the soak of 120 s")),
        running.ended.then(({ code, stderr }) => {
          throw new Error(`the upgrade ended before its soak (exit ${code}): ${stderr.slice(-3000)}`);
        }),
      ]);
      running.child.kill("SIGINT");
      const { code, stderr } = await running.ended;
      if (code !== 130) throw new Error(`interrupted in the soak it ended with ${code}: ${stderr.slice(-3000)}`);
      return runCli(cluster.home, ROLLBACK());
    }),
  );
}
