import { setTimeout as sleep } from "node:timers/promises";
import type { WitnessReport } from "../../../../src/ports/witness.js";
import { startTestCluster, type TestCluster } from "../../../local/support/test-cluster.js";
import { type ConfirmedWrites, startConfirmedWriter } from "./confirmed-writer.js";
import { type Fault, prepareFault, type Prepared } from "./faults-of-a-primary.js";
import { keepEvidence } from "./keep-evidence.js";
import { EXPECTED_MS, endOf, settledVersions, startUpgrade, whichVersion, type CommandEnd } from "./run-command.js";
import { seededRandom } from "./seeded.js";

export interface FaultEnd {
  readonly what: string;
  readonly end: CommandEnd;
  /** What runs everywhere, before anybody does anything about it. */
  readonly version: "old" | "new" | "mixed";
  readonly writes: ConfirmedWrites;
  readonly second: WitnessReport;
}

const SECOND_RATE = 300;
const BACK_WITHIN_SECONDS = 60;

async function strikeDuring(cluster: TestCluster, prepared: Prepared, seed: number): Promise<FaultEnd> {
  const random = seededRandom(seed);
  const load = await cluster.load(SECOND_RATE);
  const writer = await startConfirmedWriter(cluster);
  const cli = startUpgrade(cluster, 1);
  const atMs = Math.round(random() * EXPECTED_MS);
  await sleep(atMs);
  const hit = await prepared.strike({ cluster, cli, random });
  const end = endOf(await cli.ended);
  const version = whichVersion(await settledVersions(cluster, BACK_WITHIN_SECONDS));
  return {
    what: `${hit}, ${(atMs / 1000).toFixed(1)} s after the beginning`,
    end,
    version,
    writes: await writer.finish(),
    second: await load.finish(),
  };
}

/** One upgrade of a fresh cluster with a fault that clients notice; `judge` fails when it ended wrong. */
export async function runFault(
  { fault, seed }: { readonly fault: Fault; readonly seed: number },
  judge: (end: FaultEnd) => void,
): Promise<FaultEnd> {
  const cluster = await startTestCluster();
  let prepared: Prepared | undefined;
  try {
    prepared = await prepareFault(fault, cluster, seed);
    const end = await strikeDuring(cluster, prepared, seed);
    judge(end);
    return end;
  } catch (error) {
    const folder = keepEvidence(cluster, `fault-${seed}`);
    process.stderr.write(`logs, journal and events of the round with seed ${seed}: ${folder}\n`);
    throw error;
  } finally {
    prepared?.clear();
    await cluster.destroy();
  }
}
