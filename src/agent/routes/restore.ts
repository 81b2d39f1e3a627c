import { constants, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import type { EngineSpec } from "../../cluster/engines.js";
import type { Role } from "../../cluster/types.js";
import type { Agent } from "../agent.js";
import type { HttpReply, HttpRoutes } from "../http-server.js";
import { podInstance, readRequest, stopsForRestore, writeRequest } from "../restore/restore-request.js";
import { clearRestore, isStaged, stageSnapshot } from "../restore/staged-snapshot.js";
import { download, snapshotUrl } from "./download.js";
import { bad, failed, ok } from "./replies.js";
import { dataOf, readName, requireRoom, type SnapshotName } from "./snapshot.js";
import { readTarget } from "./target.js";

type RestoreAgent = Pick<Agent, "config" | "state" | "peers" | "token" | "log">;

/** Body of `POST /restore`. */
export interface RestoreCall extends SnapshotName {
  readonly role: Role;
  /** What the next pod runs. */
  readonly template: EngineSpec;
  /** Size of the snapshot. */
  readonly bytes: number;
  /** Pod whose volume has the snapshot; without it, this one's. */
  readonly from?: string;
}

function readCall(body: unknown): RestoreCall | undefined {
  const { set, shard, role, template, bytes, from } = (body ?? {}) as Partial<Record<keyof RestoreCall, unknown>>;
  const name = readName(set, shard);
  const target = readTarget({ target: template });
  if (!name || !target || typeof bytes !== "number" || (role !== "primary" && role !== "replica")) return undefined;
  return { ...name, role, template: target, bytes, ...(typeof from === "string" ? { from } : {}) };
}

const conflict = (error: string): HttpReply => ({ status: 409, body: { error } });

/** A pod that somebody else stops gives its slots away: what is asked of it would meet another primary. */
function whyNotNow({ state, config }: RestoreAgent): string | undefined {
  if (stopsForRestore(config)) return undefined;
  if (state.handover !== undefined) return "it hands over at present";
  return state.stopping ? "it is being stopped" : undefined;
}

/** The same was asked before, and is ready. */
function isReady({ config }: RestoreAgent, { set, shard, role, template }: RestoreCall): boolean {
  const known = readRequest(config.dataDir);
  const same =
    known?.instance === podInstance(config) &&
    JSON.stringify([known.set, known.shard, known.role, known.template]) ===
      JSON.stringify([set, shard, role, template]);
  return same && (role === "replica" || isStaged(config.dataDir));
}

async function stage({ config, peers, token }: RestoreAgent, call: RestoreCall): Promise<void> {
  const { dataDir, httpPort } = config;
  requireRoom(dataDir, call.bytes);
  await stageSnapshot(dataDir, async (path) => {
    if (call.from === undefined) {
      await copyFile(dataOf(dataDir, call), path, constants.COPYFILE_FICLONE);
    } else {
      const address = peers.addressOf(call.from);
      if (address === undefined) throw new Error(`the agent of ${call.from}, which has the snapshot, is not found`);
      await download(snapshotUrl(address, httpPort, call), token(), path);
    }
    const { size } = statSync(path);
    if (size !== call.bytes) throw new Error(`the snapshot has ${size} bytes instead of ${call.bytes}`);
  });
}

async function ask(agent: RestoreAgent, call: RestoreCall): Promise<HttpReply> {
  const { set, shard, role, template } = call;
  const { dataDir } = agent.config;
  const before = whyNotNow(agent);
  if (before !== undefined) return conflict(before);
  try {
    if (!isReady(agent, call)) {
      clearRestore(dataDir);
      if (role === "primary") await stage(agent, call);
      const since = whyNotNow(agent);
      if (since !== undefined) throw new Error(since);
    }
    writeRequest(agent.config, { set, shard, role, template });
  } catch (error) {
    clearRestore(dataDir);
    return failed(error);
  }
  agent.log(`the next pod puts shard ${shard} back to ${set}, as its ${role}`);
  return ok({ asked: true });
}

/**
 * `POST /restore`: the pod that comes after this one, on this volume, puts its shard back to a snapshot, which is fetched now,
 * while the server serves. Until then nothing is changed, but that this pod stops without a hand-over. `POST /restore/withdraw`
 * takes it back. Asked for twice, it is done once.
 */
export function restoreRoutes(agent: RestoreAgent): HttpRoutes["post"] {
  let running: { readonly key: string; readonly reply: Promise<HttpReply> } | undefined;
  return {
    "/restore": (body) => {
      const call = readCall(body);
      if (!call) return bad("set, shard, role, template or bytes are missing");
      const key = JSON.stringify(call);
      if (running !== undefined && running.key !== key) return conflict("another restore is being prepared");
      running ??= { key, reply: ask(agent, call).finally(() => (running = undefined)) };
      return running.reply;
    },
    "/restore/withdraw": () => {
      if (running !== undefined) return conflict("a restore is being prepared");
      clearRestore(agent.config.dataDir);
      return ok({ withdrawn: true });
    },
  };
}
