import { setTimeout as sleep } from "node:timers/promises";
import type { WitnessReport } from "../../../../src/ports/witness.js";
import { runCli } from "../../../local/support/run-cli.js";
import type { TestCluster } from "../../../local/support/test-cluster.js";
import { type ConfirmedWrites, startConfirmedWriter } from "./confirmed-writer.js";
import { type Fault, prepareFault, type Prepared } from "./faults-of-a-primary.js";
import { describeFault, GONE_ON, judgeFault } from "./judge-fault.js";
import { type RoundResult, withEvidence } from "./with-evidence.js";
import {
  EXPECTED_MS,
  endOf,
  servedVersions,
  settledVersions,
  startCommand,
  whichVersion,
  type CommandEnd,
} from "./run-command.js";
import { seededRandom } from "./seeded.js";

export interface FaultEnd {
  readonly what: string;
  readonly end: CommandEnd;
  /** What runs everywhere, before anybody does anything about it. */
  readonly version: "old" | "new" | "mixed";
  /** After an end that leaves something to do: how the command ended that was to lead out of it. */
  readonly wayOut: string;
  readonly writes: ConfirmedWrites;
  readonly second: WitnessReport;
}

const SECOND_RATE = 300;
const BACK_WITHIN_SECONDS = 60;

/** Ends at which not every pod runs the same version. */
const OPEN_ENDS: ReadonlySet<number | null> = new Set([4, 6]);

async function findWayOut(cluster: TestCluster): Promise<string> {
  await runCli(cluster.home, ["--name", cluster.name, "release"]);
  const on = endOf(await startCommand(cluster, 2).ended);
  const version = whichVersion(await settledVersions(cluster, BACK_WITHIN_SECONDS));
  if (on.code === 0 && version === "new") return GONE_ON;
  return `upgrade again: exit ${on.code}, ${version} version (${on.said.trim().split("\n").slice(-2).join(" / ")})`;
}

async function strikeDuring(cluster: TestCluster, prepared: Prepared, seed: number): Promise<FaultEnd> {
  const random = seededRandom(seed);
  const load = await cluster.load(SECOND_RATE);
  const writer = await startConfirmedWriter(cluster);
  const cli = startCommand(cluster, 1);
  const atMs = Math.round(random() * EXPECTED_MS);
  await sleep(atMs);
  const hit = await prepared.strike({ cluster, cli, random });
  const end = endOf(await cli.ended);
  const settle = OPEN_ENDS.has(end.code) ? servedVersions : settledVersions;
  const version = whichVersion(await settle(cluster, BACK_WITHIN_SECONDS));
  return {
    wayOut: OPEN_ENDS.has(end.code) ? await findWayOut(cluster) : "",
    what: `${hit}, ${(atMs / 1000).toFixed(1)} s after the beginning`,
    end,
    version,
    writes: await writer.finish(),
    second: await load.finish(),
  };
}

/** One upgrade of a fresh cluster with a fault that clients notice, at a moment of the seed. */
export async function runFault({
  fault,
  seed,
}: {
  readonly fault: Fault;
  readonly seed: number;
}): Promise<RoundResult> {
  return withEvidence(`fault-${seed}`, async (cluster) => {
    const prepared = await prepareFault(fault, cluster, seed);
    try {
      const end = await strikeDuring(cluster, prepared, seed);
      return { said: describeFault(end), flaws: judgeFault(end) };
    } finally {
      prepared.clear();
    }
  });
}
