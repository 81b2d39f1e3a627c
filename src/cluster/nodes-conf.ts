import { compareVersions } from "./engines.js";
import type { EngineName } from "./types.js";

/** The `key=value` fields behind the host name that an engine knows; undefined when it is too new to be sure. */
function knownFields(engine: EngineName, version: string): ReadonlySet<string> | undefined {
  const common = ["shard-id", "nodename", "tcp-port", "tls-port"];
  if (engine === "redis") return new Set(compareVersions(version, "7.2") < 0 ? [] : common);
  if (compareVersions(version, "8") < 0) return new Set(common);
  return compareVersions(version, "9") < 0 ? new Set([...common, "client-ipv4", "client-ipv6"]) : undefined;
}

/**
 * Valkey 8 and newer take a ping extension of Redis 8 (number 4, a 40 digit secret) for a client address, write it into the
 * file and then refuse to start on it.
 */
function isPoisoned(field: string): boolean {
  const [name, value = ""] = field.split("=");
  return name === "client-ipv4" && !/^\d{1,3}(\.\d{1,3}){3}$/.test(value);
}

/**
 * Removes from the text of a `nodes.conf` what this engine would refuse to start with or take for a host name. Unchanged
 * when there is nothing to remove.
 * @returns the text, and each kind of field that was removed, e.g. `shard-id`
 */
export function sanitizeNodesConf(
  text: string,
  engine: EngineName,
  version: string,
): { text: string; removed: string[] } {
  const known = knownFields(engine, version);
  const removed = new Set<string>();
  const keeps = (field: string): boolean => {
    const name = field.split("=")[0] ?? field;
    const keep = !isPoisoned(field) && (known === undefined || known.has(name));
    if (!keep) removed.add(name);
    return keep;
  };
  const lines = text.split("\n").map((line) => {
    if (line.startsWith("vars ")) return line;
    const words = line.split(" ");
    const [endpoint = "", ...fields] = (words[1] ?? "").split(",");
    if (fields.length === 0) return line;
    // The first field is the host name and may be empty; older files may leave it out.
    const named = fields[0]?.includes("=") ? fields : fields.slice(1);
    const hostname = named.length === fields.length ? "" : (fields[0] ?? "");
    const kept = named.filter(keeps);
    if (kept.length === named.length) return line;
    words[1] = hostname === "" && kept.length === 0 ? endpoint : [endpoint, hostname, ...kept].join(",");
    return words.join(" ");
  });
  return { text: lines.join("\n"), removed: [...removed] };
}

/** Place of a word in a line of the file. */
const [ENDPOINT, PRIMARY] = [1, 3];
/** Words of a node's line before its slots. */
export const WORDS_BEFORE_SLOTS = 8;

/**
 * Writes shard ids into a `nodes.conf` of Redis 7.0, which has none: one for each primary and its replicas, made of the primary's
 * node id, so that every upgraded node gives the same. Redis 8.0 does not list a primary without one in `CLUSTER SHARDS` until that
 * primary is upgraded too, and clients that read it (valkey-go from version 8 on) then find no node for any slot (measured).
 * @returns the text; unchanged for an engine that knows no shard ids, and when any line has one
 */
export function addShardIds(text: string, engine: EngineName, version: string): string {
  if (knownFields(engine, version)?.has("shard-id") === false || text.includes("shard-id=")) return text;
  const lines = text.split("\n").map((line) => line.split(" "));
  const isNode = (words: readonly string[]): boolean => words.length >= WORDS_BEFORE_SLOTS && words[0] !== "vars";
  const primaryOf = new Map(lines.filter(isNode).map((words) => [words[0] ?? "", words[PRIMARY] ?? "-"]));
  return lines
    .map((words) => {
      if (!isNode(words)) return words.join(" ");
      const [endpoint = "", hostname = ""] = (words[ENDPOINT] ?? "").split(",");
      const shardId = headOf(words[0] ?? "", primaryOf);
      return words.with(ENDPOINT, `${endpoint},${hostname},shard-id=${shardId}`).join(" ");
    })
    .join("\n");
}

/** The primary at the end of a chain of replicas: an engine refuses a file in which two of a chain have different shard ids. */
function headOf(id: string, primaryOf: ReadonlyMap<string, string>): string {
  let head = id;
  for (let steps = 0; steps < primaryOf.size; steps += 1) {
    const next = primaryOf.get(head) ?? "-";
    if (next === "-") break;
    head = next;
  }
  return head;
}
