import { setTimeout as sleep } from "node:timers/promises";
import type { WitnessReport } from "../../../../src/ports/witness.js";
import { runCli } from "../../../local/support/run-cli.js";
import type { TestCluster } from "../../../local/support/test-cluster.js";
import { type RoundResult, withEvidence } from "./with-evidence.js";
import { ASKS } from "./judge-fault.js";
import { describeRound, judgeRound } from "./judge-round.js";
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
import { killVictim, type Victim } from "./victims.js";

export interface Round {
  readonly seed: number;
  readonly victim: Victim;
}

export interface RoundEnd {
  /** What was killed and when, for a person. */
  readonly what: string;
  readonly exitCodes: readonly (number | null)[];
  readonly result: string;
  /** What runs everywhere. */
  readonly version: "old" | "new" | "mixed";
  /** Of the last run of the command. */
  readonly lost: number;
  readonly doubled: number;
  /** Of a load that looked on from before the first step to after the last. */
  readonly second: WitnessReport;
}

const SECOND_RATE = 300;
const BACK_WITHIN_SECONDS = 60;
/** Killed, refused because of what was killed, and once more. */
const TIMES_MAX = 4;

/** An old copy that was killed before the soak cannot follow any more: a person is asked, and told what to type. */
const asksAPerson = ({ code, said }: CommandEnd): boolean => code === 6 && ASKS.test(said);

/** A run that left something to do: killed, refused before it had touched anything, or waiting for a person. */
const leavesSomething = (end: CommandEnd): boolean => end.code === null || end.code === 3 || asksAPerson(end);

async function runToItsEnd(cluster: TestCluster, { seed, victim }: Round): Promise<Omit<RoundEnd, "second">> {
  const random = seededRandom(seed);
  const cli = startCommand(cluster, 1);
  const atMs = Math.round(random() * EXPECTED_MS);
  await sleep(atMs);
  const killed = await killVictim(victim, { cluster, cli, random });
  const ends = [endOf(await cli.ended)];
  for (let times = 2; times <= TIMES_MAX; times += 1) {
    const last = ends.at(-1);
    if (last === undefined || !leavesSomething(last)) break;
    if (asksAPerson(last)) await runCli(cluster.home, ["--name", cluster.name, "release"]);
    if (last.code === 3) await settledVersions(cluster, BACK_WITHIN_SECONDS);
    ends.push(endOf(await startCommand(cluster, times).ended));
  }
  const report = ends.at(-1)?.report;
  const settle = ends.at(-1)?.code === 4 ? servedVersions : settledVersions;
  return {
    what: `${killed}, ${(atMs / 1000).toFixed(1)} s after the beginning`,
    exitCodes: ends.map(({ code }) => code),
    result: report?.result ?? `no report: ${ends.at(-1)?.said.trim().split("\n").slice(-2).join(" / ") ?? ""}`,
    lost: report?.lost ?? 0,
    doubled: report?.doubled ?? 0,
    version: whichVersion(await settle(cluster, BACK_WITHIN_SECONDS)),
  };
}

/** One upgrade of a fresh cluster with one part killed at a moment of the seed. */
export async function runRound(round: Round): Promise<RoundResult> {
  return withEvidence(`${round.victim}-${round.seed}`, async (cluster) => {
    const load = await cluster.load(SECOND_RATE);
    const end = await runToItsEnd(cluster, round);
    const done = { ...end, second: await load.finish() };
    return { said: describeRound(done), flaws: judgeRound(done) };
  });
}
