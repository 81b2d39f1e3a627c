import { BITNAMI_GROUPS } from "./bitnami-groups.js";
import { BITNAMI_RULES } from "./bitnami-rules.js";
import {
  type Entry,
  type EntryOf,
  isInert,
  isMap,
  type Reader,
  type Rule,
  type Value,
  type Values,
} from "./conversion.js";

/** What became of a values file of another chart. */
export interface Conversion {
  /** For this chart. */
  readonly values: Values;
  readonly mapped: readonly EntryOf<"mapped">[];
  readonly notNeeded: readonly EntryOf<"not-needed">[];
  readonly noCounterpart: readonly EntryOf<"no-counterpart">[];
  readonly unknown: readonly EntryOf<"unknown">[];
}

/** Their chart for Valkey names its own section `valkey`, else it is the same. */
const asRedis = (path: string): string => path.replace(/^valkey(?=\.|$)/u, "redis");

function lookUp(values: Values, path: string): Value | undefined {
  return path.split(".").reduce<Value | undefined>((at, key) => (isMap(at) ? at[key] : undefined), values);
}

function createReader(values: Values, release: string): Reader {
  const get = (path: string): Value | undefined =>
    lookUp(values, path) ?? (path.startsWith("redis.") ? lookUp(values, path.replace("redis", "valkey")) : undefined);
  return {
    get,
    text: (path) => {
      const value = get(path);
      return typeof value === "number" || (typeof value === "string" && value !== "") ? String(value) : undefined;
    },
    release,
  };
}

/** Sets a value at a dotted path of a plain tree. The last part of `config.maxmemory-policy` has no dots of its own. */
function put(tree: Record<string, Value>, path: string, value: Value): void {
  const [key = "", ...rest] = path.split(".");
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  const inner: Record<string, Value> = { ...(isMap(tree[key]) ? tree[key] : {}) };
  put(inner, rest.join("."), value);
  tree[key] = inner;
}

function applyRule(rule: Rule, path: string, value: Value): Entry[] {
  const says =
    rule.standard === undefined ? !isInert(value) || ("to" in rule && value === false) : value !== rule.standard;
  if (!says) return [];
  if ("missing" in rule) return [{ kind: "no-counterpart", from: path, reason: rule.missing }];
  if ("notNeeded" in rule) return [{ kind: "not-needed", from: path, reason: rule.notNeeded }];
  const { to, as = (same) => same, note } = rule;
  return [{ kind: "mapped", from: path, to, value: as(value), ...(note === undefined ? {} : { note }) }];
}

const GROUPED = new Set(BITNAMI_GROUPS.flatMap(({ consumes }) => consumes));
const RULES = new Map(BITNAMI_RULES.map((rule) => [rule.from, rule]));

/** Walks down until the table knows the place; what it does not know down to the leaf is unknown. */
function walk(value: Value, path: string): Entry[] {
  const known = asRedis(path);
  if (GROUPED.has(known)) return [];
  const rule = RULES.get(known);
  const isParent = [...RULES.keys(), ...GROUPED].some((from) => from.startsWith(`${known}.`));
  if (isMap(value) && (isParent || (rule === undefined && path === "")))
    return Object.entries(value).flatMap(([key, inner]) => {
      const at = path === "" ? key : `${path}.${key}`;
      const entries = walk(inner, at);
      // A rule for the whole section covers what has none of its own.
      return rule === undefined
        ? entries
        : entries.flatMap((entry) => (entry.kind === "unknown" ? applyRule(rule, at, inner) : [entry]));
    });
  if (rule !== undefined) return applyRule(rule, path, value);
  return isInert(value) ? [] : [{ kind: "unknown", from: path }];
}

/**
 * Converts a values file of the Bitnami chart `redis-cluster` or `valkey-cluster`. Settings that say nothing (empty, switched off)
 * are passed over. Never gives back a password.
 * @param options.release name of the release that the file belongs to: Bitnami's Secret is named after it
 */
export function convertBitnamiValues(values: Values, { release }: { readonly release: string }): Conversion {
  const reader = createReader(values, release);
  const entries = [...BITNAMI_GROUPS.flatMap(({ convert }) => convert(reader)), ...walk(values, "")];
  const of = <K extends Entry["kind"]>(kind: K): EntryOf<K>[] =>
    entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);
  const mapped = of("mapped");
  const tree: Record<string, Value> = {};
  for (const { to, value } of mapped) put(tree, to, value);
  return {
    values: tree,
    mapped,
    notNeeded: of("not-needed"),
    noCounterpart: of("no-counterpart"),
    unknown: of("unknown"),
  };
}
