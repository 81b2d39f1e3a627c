import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.js";
import { ReplyError } from "../../redis/reply-error.js";
import type { Agent } from "../agent.js";
import { writeDurably } from "../files.js";
import type { HttpReply, HttpRoutes } from "../http-server.js";
import { createPatientServer, type PatientServer } from "./patient-server.js";
import { bad, failed, ok } from "./replies.js";

/** Folder in the volume for snapshots that were taken on purpose. */
const FOLDER = "evenkeel-snapshots";
const LOOK_MS = 100;
/** Another child of the server (a rewrite of the append-only file, a full sync) is waited for, and then the save itself. */
const SAVE_DEADLINE_MS = 600_000;
/** What is always left free: logs, the cluster file, the beginning of an append-only file. */
const MARGIN_BYTES = 1024 * 1024;

/** A shard's snapshot in a set. */
export interface SnapshotName {
  readonly set: string;
  readonly shard: number;
}

/** A set becomes the name of a folder. */
export function readName(set: unknown, shard: unknown): SnapshotName | undefined {
  const number = typeof shard === "string" && shard !== "" ? Number(shard) : shard;
  if (typeof set !== "string" || !/^[A-Za-z0-9][\w.@-]{0,99}$/u.test(set)) return undefined;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 ? { set, shard: number } : undefined;
}

const folderOf = (dataDir: string, set: string): string => join(dataDir, FOLDER, set);
/** Path of the snapshot's file in the volume. */
export const dataOf = (dataDir: string, { set, shard }: SnapshotName): string =>
  join(folderOf(dataDir, set), `shard-${shard}.rdb`);
const factsOf = (dataDir: string, { set, shard }: SnapshotName): string =>
  join(folderOf(dataDir, set), `shard-${shard}.json`);

async function infoOf(server: PatientServer): Promise<(field: string) => string> {
  const text = String(await server.call("INFO"));
  return (field) => new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(text)?.[1] ?? "";
}

const busy = (info: (field: string) => string): boolean =>
  info("rdb_bgsave_in_progress") === "1" || info("aof_rewrite_in_progress") === "1";

/**
 * A save that breaks off for want of room can make an engine refuse writes, so the room is required before it is asked for.
 * @throws Error `DISK_FULL: …`
 */
export function requireRoom(dataDir: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dataDir);
  const needs = bytes + MARGIN_BYTES;
  if (bavail * bsize < needs) throw new Error(`DISK_FULL: ${bavail * bsize} bytes are free, a snapshot needs ${needs}`);
}

/** @returns when the moment was that the snapshot holds */
async function save(server: PatientServer, clock: Clock, dataDir: string): Promise<string> {
  const end = clock.now() + SAVE_DEADLINE_MS;
  let info = await infoOf(server);
  requireRoom(dataDir, Number(info("used_memory_dataset")));
  for (;;) {
    while (busy(info)) {
      if (clock.now() > end) throw new Error("the server is busy with another save or rewrite");
      await clock.sleep(LOOK_MS);
      info = await infoOf(server);
    }
    const takenAt = new Date().toISOString();
    try {
      await server.call("BGSAVE");
    } catch (error) {
      // A rewrite began in between: it is waited for like any other.
      if (!(error instanceof ReplyError) || clock.now() > end) throw error;
      await clock.sleep(LOOK_MS);
      info = await infoOf(server);
      continue;
    }
    do {
      await clock.sleep(LOOK_MS);
      info = await infoOf(server);
      if (clock.now() > end) throw new Error("the save takes too long");
    } while (info("rdb_bgsave_in_progress") === "1");
    if (info("rdb_last_bgsave_status") !== "ok")
      throw new Error("the server says that the save failed; its log says why");
    return takenAt;
  }
}

/**
 * `POST /snapshot {set, shard}`: the server saves, and its file is moved into the folder of snapshots: with an append-only file
 * no engine reads it at a start. It counts as a snapshot once its facts are written, by `POST /snapshot/keep`.
 */
function takeRoute(agent: Agent): HttpRoutes["post"][string] {
  const { config, clock } = agent;
  return async (body): Promise<HttpReply> => {
    const call = (body ?? {}) as { set?: unknown; shard?: unknown };
    const name = readName(call.set, call.shard);
    if (!name) return bad("set and shard are missing");
    const server = createPatientServer(agent);
    try {
      const takenAt = await save(server, clock, config.dataDir);
      const answer = (await server.call("CONFIG", "GET", "dbfilename")) as readonly string[];
      const file = dataOf(config.dataDir, name);
      mkdirSync(folderOf(config.dataDir, name.set), { recursive: true });
      renameSync(join(config.dataDir, answer[1] ?? "dump.rdb"), file);
      return ok({ takenAt, bytes: statSync(file).size, path: file });
    } catch (error) {
      return failed(error);
    } finally {
      server.close();
    }
  };
}

/** `POST /snapshot/keep {set, shard, facts}`: the file was proven to load. */
function keepRoute({ config }: Agent): HttpRoutes["post"][string] {
  return (body) => {
    const call = (body ?? {}) as { set?: unknown; shard?: unknown; facts?: unknown };
    const name = readName(call.set, call.shard);
    if (!name || typeof call.facts !== "object") return bad("set, shard or facts are missing");
    if (!existsSync(dataOf(config.dataDir, name))) return { status: 404, body: { error: "there is no such file" } };
    writeDurably(factsOf(config.dataDir, name), JSON.stringify(call.facts));
    return ok({ kept: true });
  };
}

/** Facts of every snapshot in this volume. One that cannot be read is passed over. */
function listKept(dataDir: string): readonly unknown[] {
  const root = join(dataDir, FOLDER);
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((set) =>
    readdirSync(join(root, set))
      .filter((name) => name.endsWith(".json"))
      .flatMap((name): unknown[] => {
        try {
          return [JSON.parse(readFileSync(join(root, set, name), "utf8"))];
        } catch {
          return [];
        }
      }),
  );
}

/** Calls about snapshots in the pod's volume: take, keep, list, fetch. All of them need the token: they show data. */
export function snapshotRoutes(agent: Agent): Required<Pick<HttpRoutes, "guarded" | "post">> {
  const { dataDir } = agent.config;
  return {
    guarded: {
      "/snapshots": () => ok({ snapshots: listKept(dataDir) }),
      "/snapshot": (query) => {
        const name = readName(query.get("set"), query.get("shard"));
        if (!name) return bad("set and shard are missing");
        const file = dataOf(dataDir, name);
        return existsSync(file)
          ? { status: 200, body: createReadStream(file) }
          : { status: 404, body: { error: "there is no such snapshot" } };
      },
    },
    post: { "/snapshot": takeRoute(agent), "/snapshot/keep": keepRoute(agent) },
  };
}
