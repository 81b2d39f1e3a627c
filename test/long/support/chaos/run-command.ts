import { join } from "node:path";
import { SLOTS } from "../../../../src/cluster/constants.js";
import type { UpgradeReport } from "../../../../src/cli/upgrade-report.js";
import { type CliResult, type CliRun, startCli, testPolicy } from "../../../local/support/run-cli.js";
import { type TestCluster, until, untilReady } from "../../../local/support/test-cluster.js";

export const FROM = { spec: "redis@7.0", versions: /^7\.0\./u } as const;
export const TO = { spec: "redis@8.0", versions: /^8\.0\./u } as const;

/** How long the whole plan takes with the short soaks of a test: a moment of it is chosen within. */
export const EXPECTED_MS = 30_000;
const RATE = 500;
/** A pod that will not come (its disk is full) is given up sooner than in earnest. */
const DEADLINES = { podMs: 60_000 };
/** Longer than a primary is stopped here. */
const HARD = { podBackMs: 45_000 };
/** Nobody is there to decide. */
const SOFT = { maxHoldMs: 20_000 };

const verbOf = { upgrade: ["upgrade", "--to", TO.spec], rollback: ["rollback"] } as const;

/** Starts a command, each run with events of its own beside the cluster's state. */
export function startCommand(cluster: TestCluster, times: number, verb: keyof typeof verbOf = "upgrade"): CliRun {
  const events = join(cluster.home, `events-${times}.ndjson`);
  const before = ["--name", cluster.name, "--output", "json", "--events", events];
  const after = [
    "--execute",
    "--rate",
    String(RATE),
    "--policy",
    testPolicy({ deadlines: DEADLINES, hard: HARD, soft: SOFT }),
  ];
  return startCli(cluster.home, before.concat(verbOf[verb], after));
}

/** How one run of the command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly report: UpgradeReport | undefined;
  readonly said: string;
}

export function endOf({ code, stdout, stderr }: CliResult): CommandEnd {
  const report = stdout.startsWith("{") ? (JSON.parse(stdout) as UpgradeReport) : undefined;
  return { code, report, said: stderr };
}

/** The versions that run, once every pod is ready and every view agrees. */
export async function settledVersions(cluster: TestCluster, seconds: number): Promise<readonly string[]> {
  const topology = await untilReady(cluster, seconds);
  return [...new Set(topology.nodes.map((node) => node.view?.server.version ?? "?"))].toSorted();
}

/** The versions that run as soon as every slot is served, whatever else is not as it should be. */
export async function servedVersions(cluster: TestCluster, seconds: number): Promise<readonly string[]> {
  const topology = await until("every slot to be served", seconds, async () => {
    const seen = await cluster.topology();
    return seen.slotsCovered === SLOTS && seen.views.every((view) => view.cluster.state === "ok") && seen;
  });
  return [...new Set(topology.nodes.map((node) => node.view?.server.version ?? "?"))].toSorted();
}

/** Which of the two versions runs everywhere; "mixed" when it is more than one. */
export function whichVersion(versions: readonly string[]): "old" | "new" | "mixed" {
  if (versions.length !== 1) return "mixed";
  return FROM.versions.test(versions[0] ?? "") ? "old" : "new";
}
