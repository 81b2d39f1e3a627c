import { join } from "node:path";
import { systemClock } from "../../ports/system-clock.js";
import { connectNode } from "../../redis/connect-node.js";
import { type Agent, createAgent } from "../agent.js";
import type { AgentConfig } from "../config.js";
import { startHttp } from "../http-server.js";
import { download } from "./download.js";
import { ok } from "./replies.js";

/** What `GET /trial` answers. */
export interface TrialStatus {
  /** `preparing`: the data is not here yet; `waiting`: no server answers; `loading`; `serving`: it answers and has its data. */
  readonly state: "preparing" | "waiting" | "loading" | "serving" | "failed";
  readonly reason: string;
  /** As the server itself says it. */
  readonly engine?: string;
  readonly version?: string;
  /** Keys that it read from the snapshot: those that it holds and those that had expired. */
  readonly keys?: number;
}

/** Environment variable with the URL of a snapshot; without it the cluster's own configuration is tried. */
const SNAPSHOT_URL = "TRIAL_SNAPSHOT";
const SNAPSHOT_FILE = "trial.rdb";

/** A server of its own that reads the file and does nothing else. */
function snapshotConfig({ dataDir, serverPort }: AgentConfig): string {
  const lines = [
    "bind 127.0.0.1",
    `port ${serverPort}`,
    "protected-mode no",
    "daemonize no",
    'logfile ""',
    `dir "${dataDir}"`,
    `dbfilename ${SNAPSHOT_FILE}`,
    "appendonly no",
    'save ""',
    "maxmemory 0",
  ];
  return `${lines.join("\n")}\n`;
}

function readStatus(info: string): TrialStatus {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  const valkey = field("valkey_version");
  const keys = Number(field("rdb_last_load_keys_loaded") ?? 0) + Number(field("rdb_last_load_keys_expired") ?? 0);
  return {
    state: field("loading") === "1" ? "loading" : "serving",
    reason: "",
    engine: valkey === undefined ? "redis" : "valkey",
    version: valkey ?? field("redis_version") ?? "",
    keys,
  };
}

async function ask(agent: Agent, plain: boolean): Promise<TrialStatus> {
  try {
    const { serverPort } = agent.config;
    const connection = plain
      ? await connectNode({ address: "127.0.0.1", port: serverPort, timeoutMs: 1500 })
      : await agent.own.connection();
    try {
      return readStatus(String(await connection.call("INFO")));
    } finally {
      if (plain) connection.close();
    }
  } catch (error) {
    return { state: "waiting", reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * A throwaway pod's agent: it lets one server through the start gate, with the cluster's own configuration or with a snapshot
 * of it, and tells how that went. It forms nothing, joins nothing and speaks to no peer.
 */
export async function runTrial(config: AgentConfig, log: (message: string) => void): Promise<void> {
  const url = process.env[SNAPSHOT_URL] ?? "";
  const agent = createAgent(config, { clock: systemClock, findPeers: async () => [], log });
  let failure: TrialStatus | undefined =
    url === "" ? undefined : { state: "preparing", reason: "fetches the snapshot" };
  const routes = {
    get: {
      "/started": () => ok({ started: true }),
      "/live": () => ok({ live: true }),
      "/ready": () => ok({ ready: true }),
      "/trial": async () => ok(failure ?? (await ask(agent, url !== ""))),
    },
    post: {},
  };
  await startHttp(undefined, config.httpPort, { routes, token: agent.token });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  try {
    if (url !== "") await download(url, agent.token(), join(config.dataDir, SNAPSHOT_FILE));
    failure = undefined;
  } catch (error) {
    failure = { state: "failed", reason: error instanceof Error ? error.message : String(error) };
    return;
  }
  log("a trial: the gate is open");
  agent.gate.open(() => (url === "" ? agent.configText() : snapshotConfig(config)));
}
