import { writeFileSync } from "node:fs";
import { describe, test } from "vitest";
import { formatEngine } from "../../src/cluster/engines.js";
import { findPair } from "../../src/cluster/pairs/index.js";
import { findEngines } from "./support/find-engines.js";
import { harm, NO_HARM } from "./support/measured-run.js";
import { backFromSoak, type Pair, type PairRun, upgradeWhole } from "./support/upgrade-pair.js";

const WANTED = (
  process.env.EVENKEEL_PAIRS_ENGINES ?? "redis@7.0,redis@8.0.2,redis@8.0.6,valkey@8.0,valkey@8.1,valkey@9.1"
).split(",");

interface MeasuredPair {
  readonly from: string;
  readonly to: string;
  readonly upgrade?: PairRun;
  readonly fromSoak?: PairRun;
  readonly afterCommit?: PairRun;
}

const { engines, missing } = await findEngines(WANTED);
const pairs = engines.flatMap((from) =>
  engines.flatMap((to) => {
    if (from === to) return [];
    const verdict = findPair(from, to);
    if (!verdict.known || verdict.row.roll !== "allowed") return [];
    const back = verdict.row.wayBack.afterCommit;
    return [{ name: `${formatEngine(from)} to ${formatEngine(to)}`, from, to, back }];
  }),
);
const measured = new Map<string, MeasuredPair>();

/** Written after each: a run that is cut short has measured something. */
function keep({ from, to }: Pair, runs: Omit<MeasuredPair, "from" | "to">): void {
  const name = { from: formatEngine(from), to: formatEngine(to) };
  const key = `${name.from} ${name.to}`;
  measured.set(key, { ...measured.get(key), ...name, ...runs });
  const file = process.env.EVENKEEL_UPGRADES_OUT;
  if (file === undefined) return;
  const sorted = [...measured.values()].toSorted((a, b) => `${a.from} ${a.to}`.localeCompare(`${b.from} ${b.to}`));
  const document = { schema: 1, measured: new Date().toISOString(), missing, pairs: sorted };
  writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`);
}

describe.runIf(missing.length > 0)("an engine that cannot be had here", () => {
  test.for(missing)("$spec", ({ reason }, { expect, skip }) => {
    skip(reason);
    expect.unreachable();
  });
});

describe("under 2000 writes a second no command fails and none is lost", () => {
  test.for(pairs)("$name, and back after the commit where the pair allows it", async (pair, { expect }) => {
    const andBack = pair.back === "full" || pair.back === "full-after-wipe";
    const { upgrade, afterCommit } = await upgradeWhole(pair, { andBack });
    keep(pair, { upgrade, ...(afterCommit === undefined ? {} : { afterCommit }) });
    expect({ ...upgrade, ...harm(upgrade) }).toMatchObject({
      ...NO_HARM,
      exitCode: 0,
      result: "passed",
      failovers: 3,
      versions: [pair.to.version],
    });
    if (!andBack) return;
    expect({ ...afterCommit, ...(afterCommit && harm(afterCommit)) }).toMatchObject({
      ...NO_HARM,
      exitCode: 0,
      result: "rolled-back",
      versions: [pair.from.version],
    });
  });

  test.for(pairs)("$name, and back from the soak", async (pair, { expect }) => {
    const fromSoak = await backFromSoak(pair);
    keep(pair, { fromSoak });
    expect({ ...fromSoak, ...harm(fromSoak) }).toMatchObject({
      ...NO_HARM,
      exitCode: 0,
      result: "rolled-back",
      // Three to go, three to come back: never one more than that.
      failovers: 6,
      versions: [pair.from.version],
    });
  });
});
