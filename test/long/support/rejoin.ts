import type { EngineBinary } from "../../../src/platforms/local/engines/engine-binary.js";
import { until } from "../../local/support/test-cluster.js";
import type { PlainServer } from "./plain-server.js";
import { fingerprint } from "./sample-data.js";
import type { ShardCluster } from "./shard-cluster.js";

/** How a replica came back to its primary. */
export interface Rejoined {
  readonly started: boolean;
  /** `failed`: not in step within the deadline, or gone. */
  readonly sync: "partial" | "full" | "failed";
  /** The server's words when something failed. */
  readonly reason: string;
}

const SYNC_SECONDS = 6;
/** Words of a replica that could not load what its primary sent. */
const CANNOT_LOAD =
  /^.*(?:RDB format version|Foreign RDB|Future RDB|Wrong signature|RDB version or signature incompatible).*$/m;

async function infoOf(server: PlainServer, section: string): Promise<Map<string, string>> {
  const text = String(await server.call("INFO", section));
  return new Map(text.split("\r\n").map((line) => line.split(":", 2) as [string, string]));
}

/** Partial and full syncs that a primary has served. */
async function syncCounts(primary: PlainServer): Promise<{ full: number; partial: number }> {
  const stats = await infoOf(primary, "stats");
  return { full: Number(stats.get("sync_full")), partial: Number(stats.get("sync_partial_ok")) };
}

/** Waits until the replica holds exactly what its primary holds; says why when it does not come to that. */
export async function untilInStep(replica: PlainServer, primary: PlainServer): Promise<string | undefined> {
  let refused: string | undefined;
  const look = async (): Promise<boolean> => {
    refused = CANNOT_LOAD.exec(replica.log())?.[0].replace(/^.*? [#*] /, "");
    if (refused !== undefined || !replica.alive()) return true;
    const replication = await infoOf(replica, "replication");
    if (replication.get("master_link_status") !== "up") throw new Error("the replication link is down");
    const [own, its] = [await fingerprint(replica), await fingerprint(primary)];
    if (own !== its) throw new Error(`data differ: ${own} and ${its}`);
    return true;
  };
  const late = await until("in step", SYNC_SECONDS, look).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return refused ?? (replica.alive() ? late : "the server has ended");
}

/** What a step did to a replica's link, told from its primary's counters. */
export async function watchSync(
  step: () => Promise<unknown>,
  replica: PlainServer,
  primary: PlainServer,
): Promise<Pick<Rejoined, "sync" | "reason">> {
  const before = await syncCounts(primary);
  await step();
  const reason = await untilInStep(replica, primary);
  if (reason !== undefined) return { sync: "failed", reason };
  const after = await syncCounts(primary);
  if (after.full > before.full) return { sync: "full", reason: "" };
  return { sync: after.partial > before.partial ? "partial" : "failed", reason: "" };
}

/** Starts an engine on a stopped replica's folder, and waits until it is in step with its primary. */
export async function rejoin(
  cluster: ShardCluster,
  replica: PlainServer,
  options: { readonly engine: EngineBinary; readonly primary: PlainServer },
): Promise<Rejoined> {
  let failure: string | undefined;
  const start = async (): Promise<void> => {
    const outcome = await cluster.start(replica, options.engine);
    if (!outcome.up) failure = outcome.reason;
  };
  const { sync, reason } = await watchSync(start, replica, options.primary);
  return { started: failure === undefined, sync, reason: failure ?? reason };
}
