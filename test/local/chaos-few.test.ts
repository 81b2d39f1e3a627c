import { describe, expect, test } from "vitest";
import { runRound } from "../long/support/chaos/run-round.js";
import { readSeed } from "../long/support/chaos/seeded.js";
import { VICTIMS } from "../long/support/chaos/victims.js";

const seed = readSeed("a few kills during an upgrade");

/** The long suite does this at 40 moments, and crashes primaries too. */
describe(`kill -9 at a moment of the seed ${seed}: the upgrade ends on one version and no client notices`, () => {
  test.for(VICTIMS.map((victim, n) => ({ victim, seed: seed + n })))("the $victim", async (round, { annotate }) => {
    const { said, flaws } = await runRound(round);
    process.stderr.write(`${said}\n`);
    await annotate(said);
    expect(flaws).toEqual([]);
  });
});
