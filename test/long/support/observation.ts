import type { Ability, BothWays, PairRow, WayBackAfterCommit } from "../../../src/cluster/pairs/pair.js";
import { HASH_TTL_BLOCKS_SYNC } from "../../../src/cluster/pairs/rules.js";

/** What was seen of one pair, in the words of the table. */
export interface PairObservation {
  readonly from: string;
  readonly to: string;
  roll: PairRow["roll"];
  readonly partialSync: Mutable<BothWays>;
  readonly fullSync: Mutable<BothWays>;
  readonly snapshotReadable: Mutable<BothWays>;
  readonly aofReadable: Mutable<BothWays>;
  readonly wayBack: { untilCommit: boolean; afterCommit: WayBackAfterCommit };
  /** Features of the new version that an old replica dropped. */
  dropped: readonly string[];
  /** A Redis 8 secret stood in the nodes.conf of a Valkey as an address. */
  poisoned: boolean;
  /** True when the new version could not sync an old node while a hash had fields with a TTL; undefined where not tried. */
  hashTtlBlocksSync?: boolean;
  /** Why something did not work, in the servers' words. */
  readonly notes: string[];
  seconds: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export const ability = (yes: boolean): Ability => (yes ? "yes" : "no");

export function emptyObservation(from: string, to: string): PairObservation {
  const untried = (): Mutable<BothWays> => ({ forward: "untried", back: "untried" });
  return {
    from,
    to,
    roll: "refused",
    partialSync: untried(),
    fullSync: untried(),
    snapshotReadable: untried(),
    aofReadable: untried(),
    wayBack: { untilCommit: false, afterCommit: "none" },
    dropped: [],
    poisoned: false,
    notes: [],
    seconds: 0,
  };
}

/** The way back as it follows from what was seen. */
export function concludeWayBack(seen: PairObservation): void {
  const { fullSync, snapshotReadable, wayBack } = seen;
  if (fullSync.back !== "yes") wayBack.afterCommit = "snapshot-only";
  else wayBack.afterCommit = snapshotReadable.back === "yes" ? "full" : "full-after-wipe";
}

const CELLS = ["partialSync", "fullSync", "snapshotReadable", "aofReadable"] as const;

/** Every cell in which the table and what was seen differ, with both values. Empty when the table is right. */
export function differences(row: PairRow, seen: PairObservation): string[] {
  const found: string[] = [];
  const compare = (cell: string, table: unknown, measured: unknown): void => {
    if (table !== measured) found.push(`${cell}: the table says ${String(table)}, measured ${String(measured)}`);
  };
  compare("roll", row.roll, seen.roll);
  for (const cell of CELLS) {
    for (const way of ["forward", "back"] as const) {
      // What the table does not claim cannot be wrong.
      if (row[cell][way] !== "untried") compare(`${cell}.${way}`, row[cell][way], seen[cell][way]);
    }
  }
  compare("wayBack.untilCommit", row.wayBack.untilCommit, seen.wayBack.untilCommit);
  compare("wayBack.afterCommit", row.wayBack.afterCommit, seen.wayBack.afterCommit);
  if (seen.hashTtlBlocksSync !== undefined) {
    compare(
      "hash fields with a TTL block a full sync",
      row.caveats.includes(HASH_TTL_BLOCKS_SYNC),
      seen.hashTtlBlocksSync,
    );
  }
  compare("the bus poisons nodes.conf", /bus extension/.test(row.reason ?? ""), seen.poisoned);
  const unlisted = (listed: readonly string[], measured: readonly string[]): string =>
    measured.filter((one) => !listed.includes(one)).join();
  compare("not in freezeUntilCommit", "", unlisted(row.freezeUntilCommit, seen.dropped));
  return found;
}
