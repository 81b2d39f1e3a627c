import { type EngineSpec, formatEngine, versionMatches } from "../engines.js";
import { BEHAVIOURS } from "./behaviours.js";
import { FAMILIES, type FamilyName } from "./families.js";
import type { PairRow, PairVerdict } from "./pair.js";
import { PAIRS, pairKey } from "./table.js";

const NAMES = Object.keys(FAMILIES) as FamilyName[];

/** The family that says most of this version; undefined when none does. */
function familyOf({ engine, version }: EngineSpec): FamilyName | undefined {
  return NAMES.filter((name) => FAMILIES[name].engine === engine && versionMatches(FAMILIES[name].version, version))
    .toSorted((a, b) => FAMILIES[b].version.length - FAMILIES[a].version.length)
    .at(0);
}

/** `8.0` of `8.0.6`; undefined when the version does not tell its minor number. */
const minorOf = ({ version }: EngineSpec): string | undefined => /^\d+\.\d+(?=$|[.-])/.exec(version)?.[0];

function sameMinor(from: EngineSpec, minor: string, source: string): PairRow {
  const family = { engine: from.engine, versions: [minor] };
  return {
    from: family,
    to: family,
    ...BEHAVIOURS["both ways"],
    nodesConf: { removeForward: [], removeBack: [] },
    freezeUntilCommit: [],
    ordinary: [],
    stopBefore: [],
    settings: [],
    caveats: [],
    source,
  };
}

/**
 * Looks up what is known of rolling a running cluster from one version to another.
 * @param from what runs; give the full version, a short one may be of several minds (`8` is not known to be 8.0)
 * @returns `known: false` when nobody has tried it; never throws
 */
export function findPair(from: EngineSpec, to: EngineSpec): PairVerdict {
  if (from.engine === to.engine) {
    if (from.version === to.version) {
      return {
        known: true,
        from,
        to,
        row: sameMinor(from, from.version, "the same version: nothing changes but settings"),
      };
    }
    const minor = minorOf(from);
    if (minor !== undefined && minor === minorOf(to)) {
      const source = "patch releases of one minor version write the same formats; measured with Redis 8.0.2 and 8.0.6";
      return { known: true, from, to, row: sameMinor(from, minor, source) };
    }
  }
  const [old, next] = [familyOf(from), familyOf(to)];
  const row = old === undefined || next === undefined ? undefined : PAIRS.get(pairKey(old, next));
  if (row !== undefined) return { known: true, from, to, row };
  return {
    known: false,
    from,
    to,
    reason: `nobody has tried ${formatEngine(from)} to ${formatEngine(to)}: whether there is a way back is unknown; --accept-unknown-pair takes the risk`,
  };
}
