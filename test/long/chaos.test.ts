import { describe, expect, test } from "vitest";
import { FAULTS } from "./support/chaos/faults-of-a-primary.js";
import { runFault } from "./support/chaos/run-fault.js";
import { runRound } from "./support/chaos/run-round.js";
import { readSeed } from "./support/chaos/seeded.js";
import { whyNoMount } from "./support/chaos/small-disk.js";
import { VICTIMS } from "./support/chaos/victims.js";

const seed = readSeed("kills during an upgrade");
/** About 30 minutes on two cores, and 15 for the faults. */
const ROUNDS = 40;
const ROUNDS_OF_A_FAULT = 3;

/** A round for itself: EVENKEEL_SEED=SEED npx vitest run --project long test/long/chaos.test.ts -t "round 7:" */
const rounds = Array.from({ length: ROUNDS }, (_, n) => {
  const victim = VICTIMS[n % VICTIMS.length] ?? "cli";
  return { n: n + 1, victim, seed: seed + n };
});
const faults = FAULTS.flatMap((fault, n) =>
  Array.from({ length: ROUNDS_OF_A_FAULT }, (_, m) => ({ fault, m: m + 1, seed: seed + 1000 * (n + 1) + m })),
);

describe(`kill -9 at a moment of the seed ${seed}: the upgrade ends on one version and no client notices`, () => {
  test.for(rounds)("round $n: the $victim", async (round, { annotate }) => {
    const { said, flaws } = await runRound(round);
    process.stderr.write(`round ${round.n}: ${said}\n`);
    await annotate(said);
    expect(flaws).toEqual([]);
  });
});

describe(`a fault that clients notice, seed ${seed}: served again, every confirmed write kept, the others counted`, () => {
  test.for(faults)("$fault, round $m", async ({ fault, seed: own }, { annotate, skip }) => {
    const why = fault === "a volume full for 20 s" ? whyNoMount() : undefined;
    if (why !== undefined) {
      process.stderr.write(`skipped, ${fault}: ${why}\n`);
      skip(why);
    }
    const { said, flaws } = await runFault({ fault, seed: own });
    process.stderr.write(`${fault}: ${said}\n`);
    await annotate(said);
    expect(flaws).toEqual([]);
  });
});
