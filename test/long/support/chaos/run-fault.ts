import { setTimeout as sleep } from "node:timers/promises";
import type { WitnessReport } from "../../../../src/ports/witness.js";
import type { TestCluster } from "../../../local/support/test-cluster.js";
import { type ConfirmedWrites, startConfirmedWriter } from "./confirmed-writer.js";
import { type Fault, prepareFault, type Prepared } from "./faults-of-a-primary.js";
import { describeFault, judgeFault } from "./judge-fault.js";
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
  /** After exit 4: how the commands ended that may lead out of it. */
  readonly wayOut: string;
  readonly writes: ConfirmedWrites;
  readonly second: WitnessReport;
}

const SECOND_RATE = 300;
const BACK_WITHIN_SECONDS = 60;

async function findWayOut(cluster: TestCluster): Promise<string> {
  const back = endOf(await startCommand(cluster, 2, "rollback").ended);
  if (back.code === 0) return "rollback again: done";
  const on = endOf(await startCommand(cluster, 3).ended);
  return `rollback again: exit ${back.code}, upgrade again: exit ${on.code} (${on.said.trim().split("\n").at(-1) ?? ""})`;
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
  const settle = end.code === 4 ? servedVersions : settledVersions;
  const version = whichVersion(await settle(cluster, BACK_WITHIN_SECONDS));
  return {
    wayOut: end.code === 4 ? await findWayOut(cluster) : "",
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
