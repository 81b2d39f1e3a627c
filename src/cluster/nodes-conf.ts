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
