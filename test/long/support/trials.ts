import type { Command } from "../../../src/redis/connect-node.js";
import { until } from "../../local/support/test-cluster.js";
import type { PlainServer } from "./plain-server.js";
import { fingerprint } from "./sample-data.js";

/** One use of a command on `KEY`; the result is compared on primary and replica. */
interface Trial {
  /** As in the table. */
  readonly feature: string;
  readonly prepare?: Command;
  readonly use: Command;
}

const KEY = "{k}:trial";
const OTHER = "{k}:trial2";
const HASH: Command = ["HSET", KEY, "f", "1.5", "g", "w"];
const TEXT: Command = ["SET", KEY, "12", "EX", 5000];
const LIST: Command = ["RPUSH", KEY, "a", "b", "c"];
const SET: Command = ["SADD", KEY, "a", "b", "c"];
const SCORES: Command = ["ZADD", KEY, 1, "a", 2, "b"];

/** Commands of newer versions; one that does not know them is passed over. */
const NEWER: readonly Trial[] = [
  { feature: "HEXPIRE", prepare: HASH, use: ["HEXPIRE", KEY, 1000, "FIELDS", 1, "f"] },
  { feature: "HPEXPIREAT", prepare: HASH, use: ["HPEXPIREAT", KEY, 4_102_444_800_000, "FIELDS", 1, "f"] },
  { feature: "HGETDEL", prepare: HASH, use: ["HGETDEL", KEY, "FIELDS", 1, "f"] },
  { feature: "HGETEX", prepare: HASH, use: ["HGETEX", KEY, "EX", 1000, "FIELDS", 1, "f"] },
  { feature: "HSETEX", use: ["HSETEX", KEY, "EX", 1000, "FIELDS", 1, "f", "v"] },
  { feature: "VADD", use: ["VADD", KEY, "VALUES", 2, 1, 2, "element"] },
  { feature: "MSETEX", use: ["MSETEX", 1, KEY, "v", "EX", 1000] },
  { feature: "SET … IFEQ", prepare: TEXT, use: ["SET", KEY, "b", "IFEQ", "12"] },
  { feature: "DELIFEQ", prepare: TEXT, use: ["DELIFEQ", KEY, "12"] },
];

const BOX = ["FROMLONLAT", 15, 37, "BYBOX", 400, 400, "km"];

/** Commands of all versions which a primary does not hand on as they were given, or may one day not. */
const ORDINARY: readonly Trial[] = [
  { feature: "HINCRBYFLOAT", prepare: HASH, use: ["HINCRBYFLOAT", KEY, "f", "0.5"] },
  { feature: "HINCRBY", use: ["HINCRBY", KEY, "n", 5] },
  { feature: "INCRBYFLOAT", prepare: TEXT, use: ["INCRBYFLOAT", KEY, "0.5"] },
  { feature: "GETEX", prepare: TEXT, use: ["GETEX", KEY, "PX", 900_000] },
  { feature: "GETEX … PERSIST", prepare: TEXT, use: ["GETEX", KEY, "PERSIST"] },
  { feature: "GETDEL", prepare: TEXT, use: ["GETDEL", KEY] },
  { feature: "GETSET", prepare: TEXT, use: ["GETSET", KEY, "new"] },
  { feature: "SET … KEEPTTL", prepare: TEXT, use: ["SET", KEY, "new", "KEEPTTL", "GET"] },
  { feature: "SETEX", use: ["SETEX", KEY, 1000, "v"] },
  { feature: "EXPIRE", prepare: TEXT, use: ["EXPIRE", KEY, 4000, "LT"] },
  { feature: "EXPIRE in the past", prepare: TEXT, use: ["EXPIRE", KEY, -1] },
  { feature: "BITFIELD", use: ["BITFIELD", KEY, "SET", "u8", 0, 200, "INCRBY", "u8", 8, 3] },
  { feature: "LMPOP", prepare: LIST, use: ["LMPOP", 1, KEY, "LEFT", "COUNT", 2] },
  { feature: "BLPOP", prepare: LIST, use: ["BLPOP", KEY, 1] },
  { feature: "BLMOVE", prepare: LIST, use: ["BLMOVE", KEY, OTHER, "LEFT", "RIGHT", 1] },
  { feature: "SPOP", prepare: SET, use: ["SPOP", KEY] },
  { feature: "SPOP with a count", prepare: SET, use: ["SPOP", KEY, 2] },
  { feature: "SPOP of all", prepare: SET, use: ["SPOP", KEY, 9] },
  { feature: "SUNIONSTORE", prepare: SET, use: ["SUNIONSTORE", OTHER, KEY] },
  { feature: "ZINCRBY", prepare: SCORES, use: ["ZINCRBY", KEY, "0.25", "a"] },
  { feature: "ZMPOP", prepare: SCORES, use: ["ZMPOP", 1, KEY, "MIN"] },
  { feature: "ZRANGESTORE", prepare: SCORES, use: ["ZRANGESTORE", OTHER, KEY, 0, 0] },
  { feature: "GEOSEARCHSTORE", prepare: ["GEOADD", KEY, 15, 37, "here"], use: ["GEOSEARCHSTORE", OTHER, KEY, ...BOX] },
  { feature: "SORT … STORE", prepare: LIST, use: ["SORT", KEY, "ALPHA", "STORE", OTHER] },
  { feature: "COPY", prepare: HASH, use: ["COPY", KEY, OTHER] },
  { feature: "RENAME", prepare: HASH, use: ["RENAME", KEY, OTHER] },
  { feature: "XADD … MAXLEN", use: ["XADD", KEY, "MAXLEN", "~", 10, "*", "a", 1] },
  { feature: "UNLINK", prepare: HASH, use: ["UNLINK", KEY] },
  {
    feature: "EVAL",
    use: ["EVAL", "redis.call('INCRBYFLOAT', KEYS[1], 1.5) redis.call('EXPIRE', KEYS[1], 1000)", 1, KEY],
  },
  {
    feature: "RESTORE",
    prepare: HASH,
    use: ["EVAL", "return redis.call('RESTORE', KEYS[2], 0, redis.call('DUMP', KEYS[1]))", 2, KEY, OTHER],
  },
];

/** Error replies that a replica gave to its primary's stream, which nobody ever sees. */
async function droppedReplies(replica: PlainServer): Promise<number> {
  const stats = String(await replica.call("INFO", "stats"));
  return Number(/unexpected_error_replies:(\d+)/.exec(stats)?.[1] ?? 0);
}

async function isDropped({ prepare, use }: Trial, primary: PlainServer, replica: PlainServer): Promise<boolean> {
  if (prepare) await primary.call(...prepare);
  const before = await droppedReplies(replica);
  const known = await primary.call(...use).then(
    () => true,
    (error: Error) => {
      if (NEWER.some((trial) => trial.use === use)) return false;
      throw error;
    },
  );
  // Waits on the same connection only; `use` came on another one.
  await until("the replica has read it", 3, async () => (await offset(primary)) === (await offset(replica)));
  const differs = (await fingerprint(primary)) !== (await fingerprint(replica));
  const dropped = (await droppedReplies(replica)) > before || differs;
  await primary.call("DEL", KEY, OTHER);
  return known && dropped;
}

async function offset(server: PlainServer): Promise<string | undefined> {
  const text = String(await server.call("INFO", "replication"));
  return /(?:slave_repl_offset|master_repl_offset):(\d+)/.exec(text)?.[1];
}

/** The commands that the primary takes and its replica drops: it answers an error into the stream, or its data differ. */
export async function droppedFeatures(primary: PlainServer, replica: PlainServer): Promise<string[]> {
  const dropped: string[] = [];
  for (const trial of [...NEWER, ...ORDINARY]) {
    if (await isDropped(trial, primary, replica)) dropped.push(trial.feature);
  }
  await until("in step again", 3, async () => (await fingerprint(primary)) === (await fingerprint(replica)));
  return dropped;
}
