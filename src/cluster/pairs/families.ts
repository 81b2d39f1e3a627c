import type { EngineName } from "../types.js";

/** Facts of one minor version, from which the parts of a row follow that are differences between two versions. */
export interface FamilyFacts {
  readonly engine: EngineName;
  /** Prefix of the version, e.g. `8.0`; `8` for any other 8.x. */
  readonly version: string;
  /** What it writes in front of dump.rdb and of an append-only file. */
  readonly format: string;
  /** Features that write and that Redis 7.0 does not know, as commands or `COMMAND … ARGUMENT`. */
  readonly features: readonly string[];
  /** Commands that every version has, and that this one hands to its replicas in words that not every version knows. */
  readonly rewritten?: readonly string[];
  /** The `key=value` fields that it may write into nodes.conf; it refuses (Redis 7.0: misreads) all others. */
  readonly nodesConfFields: readonly string[];
}

const COMMON_FIELDS = ["shard-id", "nodename", "tcp-port", "tls-port"] as const;
const VALKEY_8_FIELDS = [...COMMON_FIELDS, "client-ipv4", "client-ipv6"] as const;

const HASH_FIELD_TTL = ["HEXPIRE", "HEXPIREAT", "HPERSIST", "HPEXPIRE", "HPEXPIREAT"] as const;
const HASH_FIELD_TTL_2 = [...HASH_FIELD_TTL, "HGETDEL", "HGETEX", "HSETEX"] as const;

const redis = (version: string, format: string, rest: Partial<FamilyFacts> = {}): FamilyFacts => ({
  engine: "redis",
  version,
  format,
  features: [],
  nodesConfFields: COMMON_FIELDS,
  ...rest,
});
const valkey = (version: string, format: string, rest: Partial<FamilyFacts> = {}): FamilyFacts => ({
  engine: "valkey",
  version,
  format,
  features: [],
  nodesConfFields: VALKEY_8_FIELDS,
  ...rest,
});

/**
 * Versions that rows speak of. Seen with Redis 7.0, 8.0 and Valkey 8.0, 8.1, 9.1: `COMMAND` for the features, nodes.conf with every
 * `cluster-announce-*` set for the fields; the others are read in the engines' sources.
 */
export const FAMILIES = {
  "redis 7.0": redis("7.0", "REDIS0010", { nodesConfFields: [] }),
  "redis 7.2": redis("7.2", "REDIS0011"),
  "redis 7.4": redis("7.4", "REDIS0012", { features: HASH_FIELD_TTL }),
  "redis 8.0": redis("8.0", "REDIS0012", {
    features: [...HASH_FIELD_TTL_2, "VADD", "VREM", "VSETATTR"],
    // 8.0.6 hands it on as HSETEX; 8.0.2 did not yet.
    rewritten: ["HINCRBYFLOAT"],
  }),
  "redis 8": redis("8", "newer than REDIS0012"),
  "valkey 7.2": valkey("7.2", "REDIS0011", { nodesConfFields: COMMON_FIELDS }),
  "valkey 8.0": valkey("8.0", "REDIS0011"),
  "valkey 8.1": valkey("8.1", "REDIS0011", { features: ["SET … IFEQ"] }),
  "valkey 8": valkey("8", "REDIS0011"),
  "valkey 9.1": valkey("9.1", "VALKEY080", {
    features: [
      ...HASH_FIELD_TTL_2,
      "DELIFEQ",
      "MSETEX",
      "SET … IFEQ",
      "GEOSEARCHSTORE … BYPOLYGON",
      "CLUSTER FLUSHSLOT",
      "CLUSTER MIGRATESLOTS",
      "databases other than 0",
    ],
    nodesConfFields: [...VALKEY_8_FIELDS, "client-tcp-port", "client-tls-port", "availability-zone"],
  }),
  "valkey 9": valkey("9", "VALKEY080"),
} as const satisfies Record<string, FamilyFacts>;

export type FamilyName = keyof typeof FAMILIES;
