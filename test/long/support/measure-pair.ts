import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatEngine } from "../../../src/cluster/engines.js";
import { sanitizeNodesConf } from "../../../src/cluster/nodes-conf.js";
import type { EngineBinary } from "../../../src/platforms/local/engines/engine-binary.js";
import { until } from "../../local/support/test-cluster.js";
import { measureAof } from "./measure-aof.js";
import { ability, concludeWayBack, emptyObservation, type PairObservation } from "./observation.js";
import type { PlainServer } from "./plain-server.js";
import { rejoin, untilInStep, watchSync } from "./rejoin.js";
import { sampleData } from "./sample-data.js";
import { formShard, type ShardCluster } from "./shard-cluster.js";
import { droppedFeatures } from "./trials.js";

const SNAPSHOT = "dump.rdb";

/** One measurement under way: `first` runs the old engine throughout, `second` gets the new one. */
interface Run {
  readonly cluster: ShardCluster;
  readonly old: EngineBinary;
  readonly next: EngineBinary;
  readonly seen: PairObservation;
}

/**
 * Tries a pair on real servers: a replica on the new version, hand-over to it, the old one behind it, and all the ways back.
 * @param subnet three parts, e.g. `127.113.1`, which nobody else uses
 */
export async function measurePair(old: EngineBinary, next: EngineBinary, subnet: string): Promise<PairObservation> {
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-pair-"));
  const seen = emptyObservation(formatEngine(old), formatEngine(next));
  try {
    const aof = (writer: EngineBinary, reader: EngineBinary, host: number) =>
      measureAof(writer, reader, { address: `${subnet}.${host}`, folder: join(folder, `aof-${host}`) });
    const [forward, back] = await Promise.all([aof(old, next, 11), aof(next, old, 12)]);
    if (forward !== undefined) note(seen, "new on old append-only file", forward);
    if (back !== undefined) note(seen, "old on new append-only file", back);
    seen.aofReadable.forward = ability(forward === undefined);
    seen.aofReadable.back = ability(back === undefined);

    const cluster = await formShard(old, subnet, { folder });
    try {
      const run: Run = { cluster, old, next, seen };
      await cluster.first.write(sampleData("old"));
      await untilInStep(cluster.second, cluster.first);
      if (await takeIn(run)) await goOver(run);
    } finally {
      await cluster.destroy();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  seen.seconds = Math.round((performance.now() - began) / 100) / 10;
  return seen;
}

function note(seen: PairObservation, what: string, reason: string): void {
  seen.notes.push(`${what}: ${reason}`);
}

/** The replica comes back on the new version. False when that is as far as this pair gets. */
async function takeIn(run: Run): Promise<boolean> {
  const { cluster, old, next, seen } = run;
  const { first, second } = cluster;
  const start = { engine: next, primary: first };

  await second.stop("save");
  const onOldFiles = await rejoin(cluster, second, start);
  seen.snapshotReadable.forward = ability(onOldFiles.started);
  if (onOldFiles.started) seen.partialSync.forward = ability(onOldFiles.sync === "partial");
  if (onOldFiles.reason !== "") note(seen, "new on old files", onOldFiles.reason);

  await second.stop("nosave");
  second.remove(SNAPSHOT);
  const synced = await rejoin(cluster, second, start);
  seen.fullSync.forward = ability(synced.sync === "full");
  if (synced.reason !== "") note(seen, "new full sync from old", synced.reason);

  if (!onOldFiles.started && synced.sync === "full") {
    await second.stop("save");
    seen.partialSync.forward = ability((await rejoin(cluster, second, start)).sync === "partial");
  }
  const victim = [old, next].some(({ engine }) => engine === "valkey") ? await findPoisoned(run) : undefined;
  if (victim !== undefined) {
    seen.poisoned = true;
    await victim.server.stop("nosave");
    const outcome = await cluster.start(victim.server, victim.engine);
    note(seen, "a Valkey node with the other's secret for an address", outcome.up ? "starts again" : outcome.reason);
    return false;
  }
  if (synced.sync !== "full") return false;
  seen.roll = "allowed";
  return true;
}

/** The Valkey node, if any, whose nodes.conf has a client address that is none. */
async function findPoisoned({
  cluster,
  old,
  next,
}: Run): Promise<{ server: PlainServer; engine: EngineBinary } | undefined> {
  const { second, voters } = cluster;
  const [server, engine] = next.engine === "valkey" ? [second, next] : [voters[0] as PlainServer, old];
  const poisoned = async (): Promise<boolean> => {
    await server.call("CLUSTER", "SAVECONFIG");
    return /client-ipv4=[0-9a-f]{40}/.test(readFileSync(join(server.folder, "nodes.conf"), "utf8"));
  };
  // Only a mix of the families can do it, and every ping carries it.
  const seconds = old.engine === next.engine ? 0.1 : 2;
  const found = await until("a secret for an address", seconds, poisoned).catch(() => false);
  return found ? { server, engine } : undefined;
}

/** The new version takes the shard over; then everything that leads back. */
async function goOver(run: Run): Promise<void> {
  const { cluster, old, seen } = run;
  const { first, second } = cluster;
  const demoted = await watchSync(() => cluster.handOver(first, second), first, second);
  if (demoted.reason !== "") note(seen, "old behind the new primary", demoted.reason);
  await second.write(sampleData("new"));
  const behind = await untilInStep(first, second);
  if (behind !== undefined) note(seen, "old following the new primary's writes", behind);
  seen.dropped = await droppedFeatures(second, first);

  await first.stop("save");
  copyFileSync(join(first.folder, SNAPSHOT), join(first.folder, "kept"));
  const restarted = await rejoin(cluster, first, { engine: old, primary: second });
  seen.partialSync.back = ability(demoted.sync === "partial" && restarted.sync === "partial");
  if (restarted.reason !== "") note(seen, "old restarted with its own files", restarted.reason);

  await syncBack(run);
  const failedBack = await watchSync(() => cluster.handOver(second, first), second, first);
  if (failedBack.reason !== "") note(seen, "fail back", failedBack.reason);
  const lost = await sampleIsThere(first);
  seen.wayBack.untilCommit = failedBack.sync === "partial" && lost;
  await startOnNewFiles(run);
  concludeWayBack(seen);
}

/** What was written while the new version was the primary is there. */
async function sampleIsThere(server: PlainServer): Promise<boolean> {
  return (await server.call("GET", "{k}:new:ttl")) === "goes" && (await server.call("GET", "{k}:old:ttl")) === "goes";
}

/** An empty node of the old version is synced by the new one; afterwards it follows as before. */
async function syncBack({ cluster, old, seen }: Run): Promise<void> {
  const { first, second } = cluster;
  const start = { engine: old, primary: second };
  await first.stop("nosave");
  first.remove(SNAPSHOT);
  const synced = await rejoin(cluster, first, start);
  seen.fullSync.back = ability(synced.sync === "full");
  if (synced.reason !== "") note(seen, "old full sync from new", synced.reason);
  if (synced.sync === "full") {
    if (!seen.dropped.includes("HEXPIRE")) return;
    await second.write([
      ["HSET", "{k}:ttl", "f", "v"],
      ["HEXPIRE", "{k}:ttl", 1000, "FIELDS", 1, "f"],
    ]);
    await first.stop("nosave");
    first.remove(SNAPSHOT);
    const tried = await rejoin(cluster, first, start);
    seen.hashTtlBlocksSync = tried.sync === "failed";
    if (tried.reason !== "") note(seen, "old full sync from new with hash fields that have a TTL", tried.reason);
    await second.call("DEL", "{k}:ttl");
    await untilInStep(first, second);
    return;
  }
  await first.stop("nosave");
  copyFileSync(join(first.folder, "kept"), join(first.folder, SNAPSHOT));
  const again = await rejoin(cluster, first, start);
  if (again.sync !== "partial") note(seen, "old with its kept files", `${again.sync} ${again.reason}`);
}

/** The old version starts on what the new one left. */
async function startOnNewFiles({ cluster, old, seen }: Run): Promise<void> {
  const { first, second } = cluster;
  await second.stop("save");
  // Fields of nodes.conf that this version refuses are measured with the facts of the versions.
  cleanNodesConf(second, old);
  const onNewFiles = await rejoin(cluster, second, { engine: old, primary: first });
  seen.snapshotReadable.back = ability(onNewFiles.started);
  if (onNewFiles.reason !== "") note(seen, "old on new files", onNewFiles.reason);
  if (onNewFiles.started) return;
  second.remove(SNAPSHOT);
  const again = await rejoin(cluster, second, { engine: old, primary: first });
  if (again.sync !== "full") note(seen, "old on new files, moved aside", `${again.sync} ${again.reason}`);
}

function cleanNodesConf(server: PlainServer, engine: EngineBinary): void {
  const file = join(server.folder, "nodes.conf");
  writeFileSync(file, sanitizeNodesConf(readFileSync(file, "utf8"), engine.engine, engine.version).text);
}
