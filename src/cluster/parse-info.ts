import { type Fields, parseFields, parsePairs } from "./parse-fields.js";
import type { ServerInfo } from "./types.js";

/**
 * Parses `INFO` (default sections, or all).
 * @throws EvenkeelError `PARSE_FAILED`, naming the field
 */
export function parseInfo(text: string): ServerInfo {
  const fields = parseFields("INFO", text);
  const { requiredText, requiredCount } = fields;
  const flag = (name: string): boolean => fields.text(name) === "1";
  // Valkey keeps telling a `redis_version` (7.2.4) for the sake of old clients; its own stands in `valkey_version`.
  const valkeyVersion = fields.text("valkey_version");
  return {
    engine: valkeyVersion === undefined && fields.text("server_name") !== "valkey" ? "redis" : "valkey",
    version: valkeyVersion ?? requiredText("redis_version"),
    processId: requiredCount("process_id"),
    runId: requiredText("run_id"),
    uptimeSeconds: requiredCount("uptime_in_seconds"),
    loading: flag("loading"),
    asyncLoading: flag("async_loading"),
    ...replication(fields),
    usedMemoryBytes: requiredCount("used_memory"),
    usedMemoryRssBytes: fields.count("used_memory_rss") ?? 0,
    maxMemoryBytes: fields.count("maxmemory") ?? 0,
    totalSystemMemoryBytes: fields.count("total_system_memory") ?? 0,
    lastSaveOk: (fields.text("rdb_last_bgsave_status") ?? "ok") === "ok",
    saveInProgress: flag("rdb_bgsave_in_progress"),
    aofEnabled: flag("aof_enabled"),
    aofLastWriteOk: (fields.text("aof_last_write_status") ?? "ok") === "ok",
    aofLastRewriteOk: (fields.text("aof_last_bgrewrite_status") ?? "ok") === "ok",
    aofRewriteInProgress: flag("aof_rewrite_in_progress"),
    syncFull: fields.count("sync_full") ?? 0,
    syncPartialOk: fields.count("sync_partial_ok") ?? 0,
    unexpectedErrorReplies: fields.count("unexpected_error_replies") ?? 0,
    errors: errorCounts(fields),
    keys: keyCount(fields),
  };
}

type Replication = Pick<
  ServerInfo,
  | "role"
  | "primaryLinkUp"
  | "primaryLinkDownSeconds"
  | "syncInProgress"
  | "replicationId"
  | "replicationOffset"
  | "replicas"
>;

function replication(fields: Fields): Replication {
  const common = { replicationId: fields.text("master_replid") ?? "", replicas: connectedReplicas(fields) };
  const primaryOffset = fields.count("master_repl_offset") ?? 0;
  if (fields.requiredText("role") === "master") return { role: "primary", replicationOffset: primaryOffset, ...common };
  const downSeconds = fields.count("master_link_down_since_seconds");
  return {
    role: "replica",
    primaryLinkUp: fields.text("master_link_status") === "up",
    // -1: the link was never up in this process.
    ...(downSeconds === undefined ? {} : { primaryLinkDownSeconds: downSeconds }),
    syncInProgress: fields.text("master_sync_in_progress") === "1",
    replicationOffset: fields.count("slave_repl_offset") ?? primaryOffset,
    ...common,
  };
}

/** `slave0:ip=…,port=…,state=online,offset=42,lag=1` */
function connectedReplicas(fields: Fields): ServerInfo["replicas"] {
  return fields
    .names("slave")
    .filter((name) => /^slave\d+$/.test(name))
    .map((name) => {
      const { ip = "", port, state = "", offset, lag } = parsePairs(fields.requiredText(name));
      return { address: ip, port: Number(port), state, offset: Number(offset ?? 0), lagSeconds: Number(lag ?? 0) };
    });
}

/** `errorstat_MOVED:count=12` */
function errorCounts(fields: Fields): Record<string, number> {
  return Object.fromEntries(
    fields
      .names("errorstat_")
      .map((name) => [name.slice("errorstat_".length), Number(parsePairs(fields.requiredText(name))["count"] ?? 0)]),
  );
}

/** `db0:keys=3,expires=0,avg_ttl=0`; Valkey 9 has more than one database in cluster mode. */
function keyCount(fields: Fields): number {
  return fields
    .names("db")
    .filter((name) => /^db\d+$/.test(name))
    .reduce((sum, name) => sum + Number(parsePairs(fields.requiredText(name))["keys"] ?? 0), 0);
}
