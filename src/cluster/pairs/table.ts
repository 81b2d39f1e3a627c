import { BEHAVIOURS } from "./behaviours.js";
import { FAMILIES, type FamilyFacts, type FamilyName } from "./families.js";
import type { Ability, EngineFamily, PairRow } from "./pair.js";
import { type PairRule, RULES } from "./rules.js";

const without = (all: readonly string[], known: readonly string[]): readonly string[] =>
  all.filter((one) => !known.includes(one));

const familyOf = ({ engine, version }: FamilyFacts): EngineFamily => ({ engine, versions: [version] });

/** Commands that both have and that `writer` hands to a replica in words which `reader` does not take. */
function strangeWords(writer: FamilyFacts, reader: FamilyFacts, readsSnapshots: Ability): readonly string[] {
  // RESTORE is handed on with the payload of DUMP, which ends with the version of the snapshot format.
  return [...without(writer.rewritten ?? [], reader.rewritten ?? []), ...(readsSnapshots === "no" ? ["RESTORE"] : [])];
}

function makeRow(rule: PairRule, from: FamilyFacts, to: FamilyFacts): PairRow {
  const { source, reason } = rule;
  const { snapshotReadable } = BEHAVIOURS[rule.behaviour];
  const ordinary = strangeWords(to, from, snapshotReadable.back);
  const lost = [...without(from.features, to.features), ...strangeWords(from, to, snapshotReadable.forward)];
  return {
    from: familyOf(from),
    to: familyOf(to),
    ...BEHAVIOURS[rule.behaviour],
    ...(reason === undefined ? {} : { reason }),
    nodesConf: {
      removeForward: without(from.nodesConfFields, to.nodesConfFields),
      removeBack: without(to.nodesConfFields, from.nodesConfFields),
    },
    freezeUntilCommit: [...without(to.features, from.features), ...ordinary],
    ordinary,
    stopBefore: [...lost, ...without(rule.stopBefore ?? [], lost)],
    settings: rule.settings ?? [],
    caveats: rule.caveats ?? [],
    source,
  };
}

/** Name of a pair of families in the table. */
export const pairKey = (from: FamilyName, to: FamilyName): string => `${from} > ${to}`;

/** Every row, by `pairKey`. The same data as `RULES`, one row a pair. */
export const PAIRS: ReadonlyMap<string, PairRow> = new Map(
  RULES.flatMap((rule) =>
    rule.from.flatMap((from) =>
      rule.to.map((to) => [pairKey(from, to), makeRow(rule, FAMILIES[from], FAMILIES[to])] as const),
    ),
  ),
);
