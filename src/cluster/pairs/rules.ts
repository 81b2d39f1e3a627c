import type { BehaviourName } from "./behaviours.js";
import type { FamilyName } from "./families.js";
import type { PairRow } from "./pair.js";

/** Rows that have a behaviour and a source in common; the rest follows from the facts of their versions. */
export interface PairRule extends Pick<PairRow, "source"> {
  readonly from: readonly FamilyName[];
  readonly to: readonly FamilyName[];
  readonly behaviour: BehaviourName;
  readonly reason?: string;
  readonly stopBefore?: readonly string[];
  readonly settings?: PairRow["settings"];
  readonly caveats?: readonly string[];
}

const MEASURED = "measured: test/long/pairs.test.ts";
const BY_HAND =
  "measured by hand with builds of the older versions; test/long/pairs.test.ts repeats it where they can be had";
const backOf = (pair: string): string => `the way back of ${pair}, measured by hand`;

const REDIS_8: readonly FamilyName[] = ["redis 8.0", "redis 8"];
const VALKEY_8: readonly FamilyName[] = ["valkey 8.0", "valkey 8.1", "valkey 8"];
const VALKEY_9: readonly FamilyName[] = ["valkey 9.1", "valkey 9"];
const FORMAT_11: readonly FamilyName[] = ["valkey 7.2", "valkey 8.0", "valkey 8.1"];

const BUS_CLASH =
  "Redis 8 and Valkey 8 or newer give bus extension 4 different meanings (a 40 digit secret; a client's address): Valkey nodes send clients to addresses that do not exist, write the secret into nodes.conf as client-ipv4 and refuse to start on it";
const CLASH_SOURCE = `${MEASURED}; CLUSTERMSG_EXT_TYPE_INTERNALSECRET and CLUSTERMSG_EXT_TYPE_CLIENT_IPV4 in src/cluster_legacy.h of the two engines`;
const SECOND_CLUSTER = "move the data to a second cluster, command by command and not with DUMP and RESTORE";
/** The one caveat that is measured too. */
export const HASH_TTL_BLOCKS_SYNC =
  "as long as a hash has fields with a TTL, Valkey 9.1 cannot sync an older version: from then on only the snapshot is left";
const REDIS_7_2 =
  "Redis 7.2.0 to 7.2.5 may crash in CLUSTER SHARDS, or refuse their own nodes.conf beside 7.0: take 7.2.6 or newer";
const readsUpTo = (reader: string, format: number): string =>
  `${reader} reads snapshots up to format ${format}: it can neither start on the files nor be synced`;
const RELAXED = {
  name: "rdb-version-check",
  value: "relaxed",
  why: "Redis 7.4 writes snapshot format 12, which Valkey takes for another engine's",
};

/** Every pair that is known. A pair stands in one rule only. */
export const RULES: readonly PairRule[] = [
  // Redis 8 and Valkey 8 or newer never meet in one cluster.
  {
    from: REDIS_8,
    to: [...VALKEY_8, ...VALKEY_9],
    behaviour: "unreadable",
    reason: BUS_CLASH,
    caveats: [SECOND_CLUSTER],
    source: CLASH_SOURCE,
  },
  {
    from: VALKEY_8,
    to: REDIS_8,
    behaviour: "poisoned bus",
    reason: BUS_CLASH,
    caveats: [SECOND_CLUSTER],
    source: CLASH_SOURCE,
  },
  {
    from: VALKEY_9,
    to: REDIS_8,
    behaviour: "poisoned bus, files unreadable",
    reason: BUS_CLASH,
    caveats: [SECOND_CLUSTER],
    source: CLASH_SOURCE,
  },

  // Snapshots that the new version cannot read.
  {
    from: ["redis 8.0"],
    to: ["redis 7.0"],
    behaviour: "unreadable",
    reason: readsUpTo("Redis 7.0", 10),
    source: MEASURED,
  },
  {
    from: ["valkey 8.0", "valkey 8.1", "valkey 9.1"],
    to: ["redis 7.0"],
    behaviour: "unreadable",
    reason: `${readsUpTo("Redis 7.0", 10)}; Valkey serves format 11 at the oldest`,
    source: MEASURED,
  },
  {
    from: ["redis 7.2", "redis 7.4", "valkey 7.2"],
    to: ["redis 7.0"],
    behaviour: "unreadable",
    reason: readsUpTo("Redis 7.0", 10),
    source: backOf("redis 7.0 to them"),
  },
  {
    from: ["redis 7.4", "redis 8.0"],
    to: ["redis 7.2"],
    behaviour: "unreadable",
    reason: readsUpTo("Redis 7.2", 11),
    source: backOf("redis 7.2 to them"),
  },
  {
    from: ["redis 7.4"],
    to: ["valkey 8.0", "valkey 8.1"],
    behaviour: "unreadable",
    reason: readsUpTo("Valkey 8", 11),
    caveats: ["Valkey 9.1 takes Redis 7.4's data with rdb-version-check relaxed"],
    source: BY_HAND,
  },
  {
    from: ["redis 7.4", "redis 8.0"],
    to: ["valkey 7.2"],
    behaviour: "unreadable",
    reason: readsUpTo("Valkey 7.2", 11),
    source: "RDB_VERSION in src/rdb.h of Valkey 7.2: 11",
  },

  // From Redis.
  {
    from: ["redis 7.0"],
    to: ["redis 8.0", "valkey 8.0", "valkey 8.1", "valkey 9.1"],
    behaviour: "one way",
    source: MEASURED,
  },
  { from: ["redis 7.0"], to: ["redis 7.2"], behaviour: "one way", caveats: [REDIS_7_2], source: BY_HAND },
  { from: ["redis 7.0"], to: ["redis 7.4", "valkey 7.2"], behaviour: "one way", source: BY_HAND },
  { from: ["redis 7.2"], to: ["redis 7.4", "redis 8.0"], behaviour: "one way", source: BY_HAND },
  { from: ["redis 7.2"], to: FORMAT_11, behaviour: "both ways", source: BY_HAND },
  { from: ["redis 7.4"], to: ["redis 8.0"], behaviour: "both ways", source: BY_HAND },
  { from: ["redis 8.0"], to: ["redis 7.4"], behaviour: "both ways", source: backOf("redis 7.4 to 8.0") },
  {
    from: ["redis 7.4"],
    to: ["valkey 9.1"],
    behaviour: "files one way",
    stopBefore: ["HEXPIRE", "HEXPIREAT", "HPEXPIRE", "HPEXPIREAT"],
    settings: [RELAXED],
    caveats: [HASH_TTL_BLOCKS_SYNC],
    source: BY_HAND,
  },

  // From Valkey.
  { from: ["valkey 8.0"], to: ["valkey 8.1"], behaviour: "both ways", source: MEASURED },
  { from: ["valkey 8.1"], to: ["valkey 8.0"], behaviour: "both ways", source: MEASURED },
  { from: ["valkey 7.2"], to: ["valkey 8.0", "valkey 8.1"], behaviour: "both ways", source: BY_HAND },
  {
    from: ["valkey 8.0", "valkey 8.1"],
    to: ["valkey 7.2"],
    behaviour: "both ways",
    source: backOf("valkey 7.2 to them"),
  },
  {
    from: FORMAT_11,
    to: ["redis 7.2"],
    behaviour: "both ways",
    caveats: [REDIS_7_2],
    source: backOf("redis 7.2 to them"),
  },
  {
    from: ["valkey 8.0", "valkey 8.1"],
    to: ["valkey 9.1"],
    behaviour: "files one way",
    caveats: [HASH_TTL_BLOCKS_SYNC],
    source: MEASURED,
  },
  {
    from: ["redis 7.2", "valkey 7.2"],
    to: ["valkey 9.1"],
    behaviour: "files one way",
    caveats: [HASH_TTL_BLOCKS_SYNC],
    source: BY_HAND,
  },
  { from: ["valkey 9.1"], to: ["valkey 8.0", "valkey 8.1"], behaviour: "files one way, backwards", source: MEASURED },
  {
    from: ["valkey 9.1"],
    to: ["redis 7.2", "valkey 7.2", "redis 7.4"],
    behaviour: "files one way, backwards",
    source: backOf("them to valkey 9.1"),
  },
];
