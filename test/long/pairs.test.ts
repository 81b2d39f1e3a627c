import { writeFileSync } from "node:fs";
import { afterAll, describe, test } from "vitest";
import { type EngineSpec, formatEngine, parseEngineSpec } from "../../src/cluster/engines.js";
import { findPair } from "../../src/cluster/pairs/find-pair.js";
import { isEvenkeelError } from "../../src/errors/evenkeel-error.js";
import type { EngineBinary } from "../../src/platforms/local/engines/engine-binary.js";
import { resolveEngine } from "../../src/platforms/local/engines/resolve-engine.js";
import { limit } from "./support/limit.js";
import { measureFacts, type EngineFacts } from "./support/measure-facts.js";
import { measurePair } from "./support/measure-pair.js";
import { differences, type PairObservation } from "./support/observation.js";
import { FAMILIES, type FamilyFacts } from "../../src/cluster/pairs/families.js";

/** Engines to try, e.g. `redis@7.0,redis@7.2,valkey@9.1`; those of older builds come from `EVENKEEL_ENGINES`. */
const WANTED = (
  process.env.EVENKEEL_PAIRS_ENGINES ?? "redis@7.0,redis@8.0.2,redis@8.0.6,valkey@8.0,valkey@8.1,valkey@9.1"
).split(",");
const SUBNET = "127.113";

const missing: { readonly spec: string; readonly reason: string }[] = [];
const engines: EngineBinary[] = [];
for (const spec of WANTED) {
  try {
    engines.push(await resolveEngine(parseEngineSpec(spec), { env: process.env }));
  } catch (error) {
    if (!isEvenkeelError(error) || !["ENGINE_NOT_FOUND", "ENGINE_FETCH_FAILED"].includes(error.code)) throw error;
    missing.push({ spec, reason: error.message });
    process.stderr.write(`pairs with ${spec} are not measured: ${error.message}\n`);
  }
}
const pairs = engines.flatMap((old, i) =>
  engines.filter((next) => next !== old).map((next, j) => ({ old, next, subnet: `${SUBNET}.${i * 16 + j + 1}` })),
);
const observations: PairObservation[] = [];
/** Each pair runs six servers; more at a time than two cores bear would measure the machine. */
const two = limit(2);

afterAll(() => {
  const file = process.env.EVENKEEL_PAIRS_OUT;
  if (file === undefined) return;
  const sorted = observations.toSorted((a, b) => `${a.from} ${a.to}`.localeCompare(`${b.from} ${b.to}`));
  writeFileSync(
    file,
    `${JSON.stringify({ schema: 1, measured: new Date().toISOString(), missing, pairs: sorted }, undefined, 2)}\n`,
  );
});

/** Skipped by name: a run that measured less than it was meant to must show it. */
describe.runIf(missing.length > 0)("an engine that cannot be had here", () => {
  test.for(missing)("$spec", ({ reason }, { expect, skip }) => {
    skip(reason);
    expect.unreachable();
  });
});

describe("the facts of a version", () => {
  const fields = [...new Set(Object.values<FamilyFacts>(FAMILIES).flatMap((family) => family.nodesConfFields))];
  const facts = (engine: EngineBinary): Promise<EngineFacts> =>
    measureFacts(engine, `${SUBNET}.250.${engines.indexOf(engine) + 1}`, fields);
  const base = engines.find(({ engine, version }) => engine === "redis" && version.startsWith("7.0."));
  const writtenByBase = base === undefined ? undefined : facts(base);

  test.for(engines.map((engine) => ({ name: formatEngine(engine), engine })))(
    "are those of the table: $name",
    { timeout: 60_000 },
    async ({ engine }, { expect, annotate }) => {
      const family = Object.values<FamilyFacts>(FAMILIES).find(
        (one) =>
          one.engine === engine.engine && engine.version.startsWith(`${one.version}.`) && one.version.includes("."),
      );
      if (family === undefined) throw new Error(`the table has no family for ${formatEngine(engine)}`);
      const seen = await (engine === base ? writtenByBase : facts(engine));
      if (seen === undefined) throw new Error("nothing measured");
      expect(seen.format).toBe(family.format);
      expect(seen.nodesConfFields.filter((field) => !family.nodesConfFields.includes(field))).toEqual([]);
      expect(seen.refusedFields).toEqual(fields.filter((field) => !family.nodesConfFields.includes(field)));
      const known = (await writtenByBase)?.writeCommands;
      if (known === undefined) return void (await annotate("which commands are new cannot be told without Redis 7.0"));
      // A feature that is no command of its own (an argument, a setting) is not in this list.
      expect(family.features.filter((feature) => seen.writeCommands.includes(feature)).toSorted()).toEqual(
        seen.writeCommands.filter((command) => !known.includes(command)),
      );
    },
  );
});

describe.concurrent("a pair behaves as the table says", () => {
  test.for(pairs.map((pair) => ({ ...pair, name: `${formatEngine(pair.old)} to ${formatEngine(pair.next)}` })))(
    "$name",
    { timeout: 400_000 },
    async ({ old, next, subnet }, { expect }) => {
      const seen = await two(() => measurePair(old, next, subnet));
      observations.push(seen);
      const verdict = findPair(old satisfies EngineSpec, next);
      expect(verdict).toMatchObject({ known: true });
      if (verdict.known)
        expect({ differ: differences(verdict.row, seen), notes: seen.notes }).toMatchObject({ differ: [] });
    },
  );
});
