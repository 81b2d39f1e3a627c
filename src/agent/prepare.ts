import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { addShardIds, sanitizeNodesConf, WORDS_BEFORE_SLOTS } from "../cluster/nodes-conf.js";
import { parseClusterNodes } from "../cluster/parse-nodes.js";
import { readableSnapshot } from "../cluster/snapshot-format.js";
import type { NodeEntry } from "../cluster/types.js";
import type { AgentConfig } from "./config.js";
import { AOF_FOLDER, ASIDE_FOLDER, CLUSTER_CONFIG_FILE, readIfThere, SNAPSHOT_FILE, writeDurably } from "./files.js";

/** What the volume holds, before a server starts on it. */
export interface VolumeState {
  /** This node's own line in its cluster file; undefined in a virgin volume. */
  readonly self: NodeEntry | undefined;
  readonly nodes: readonly NodeEntry[];
  /** Neither a snapshot nor an append-only file. */
  readonly empty: boolean;
  /** Why this engine cannot read the data; undefined when it can. */
  readonly unreadable: string | undefined;
}

function header(path: string): Uint8Array | undefined {
  const bytes = Buffer.alloc(9);
  const file = openSync(path, "r");
  try {
    return readSync(file, bytes, 0, bytes.length, 0) === bytes.length ? bytes : undefined;
  } finally {
    closeSync(file);
  }
}

/** The AOF's base file starts as a snapshot does, when it is one (`aof-use-rdb-preamble yes`, the engines' default). */
function snapshots(dataDir: string): string[] {
  const aof = join(dataDir, AOF_FOLDER);
  const bases = existsSync(aof) ? readdirSync(aof).filter((name) => name.endsWith(".base.rdb")) : [];
  const paths = [join(dataDir, SNAPSHOT_FILE), ...bases.map((name) => join(aof, name))];
  return paths.filter((path) => existsSync(path) && statSync(path).size > 0);
}

/** Looks at the volume; changes nothing. */
export function inspectVolume(config: AgentConfig): VolumeState {
  const text = readIfThere(join(config.dataDir, CLUSTER_CONFIG_FILE)) ?? "";
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("vars "));
  const nodes = parseClusterNodes(lines.join("\n"));
  const aof = join(config.dataDir, AOF_FOLDER);
  const found = snapshots(config.dataDir);
  const reasons = found.flatMap((path) => {
    const magic = header(path);
    const verdict = magic && readableSnapshot(magic, config.engine, config.version);
    return verdict && !verdict.readable ? [`${path}: ${verdict.reason}`] : [];
  });
  return {
    self: nodes.find((node) => node.self),
    nodes,
    empty: found.length === 0 && !(existsSync(aof) && readdirSync(aof).length > 0),
    unreadable: reasons[0],
  };
}

/**
 * Removes from the cluster file what this engine would refuse to start with, and adds what it misses. The former text is kept
 * beside it.
 * @returns what was done, for people
 */
export function adaptClusterFile(config: AgentConfig): readonly string[] {
  const path = join(config.dataDir, CLUSTER_CONFIG_FILE);
  const text = readIfThere(path);
  if (text === undefined) return [];
  const { text: clean, removed } = sanitizeNodesConf(text, config.engine, config.version);
  const whole = addShardIds(clean, config.engine, config.version);
  if (whole === text) return [];
  writeDurably(`${path}.before-${config.engine}-${config.version}`, text);
  writeDurably(path, whole);
  return [...removed.map((field) => `${field} removed`), ...(whole === clean ? [] : ["shard-id added"])];
}

/**
 * Blanks the addresses in the cluster file at which no agent of this cluster answers. Asked for when this node itself has
 * moved: where its peers were, another cluster's nodes may be by now. A replica would copy their data, and a server takes
 * epochs out of an answer before it notices that a stranger gave it (seen with Redis 7.0). The agent introduces the peers at
 * their present addresses.
 * @param answering addresses of this cluster's agents
 * @returns the addresses that were blanked
 */
export function forgetAddresses(config: AgentConfig, answering: ReadonlySet<string>): readonly string[] {
  const path = join(config.dataDir, CLUSTER_CONFIG_FILE);
  const forgotten: string[] = [];
  const lines = (readIfThere(path) ?? "").split("\n").map((line) => {
    const words = line.split(" ");
    const [place = "", ...fields] = (words[1] ?? "").split(",");
    const flags = (words[2] ?? "").split(",");
    const address = place.slice(0, Math.max(0, place.lastIndexOf(":")));
    if (address === "" || words[0] === "vars" || flags.includes("myself") || answering.has(address)) return line;
    forgotten.push(address);
    words[1] = [":0@0", ...fields].join(",");
    words[2] = [...flags.filter((flag) => flag !== "noflags"), "noaddr"].join(",");
    return words.join(" ");
  });
  if (forgotten.length > 0) writeDurably(path, lines.join("\n"));
  return forgotten;
}

/** Takes this node's own slots out of its cluster file: it then starts as a member without slots and joins as one. */
export function giveUpSlots(config: AgentConfig): void {
  const path = join(config.dataDir, CLUSTER_CONFIG_FILE);
  const lines = (readIfThere(path) ?? "").split("\n").map((line) => {
    const words = line.split(" ");
    const own = (words[2] ?? "").split(",").includes("myself");
    return own ? words.slice(0, WORDS_BEFORE_SLOTS).join(" ") : line;
  });
  writeDurably(path, lines.join("\n"));
}

/**
 * Moves aside the data that an engine would read at its start; it is never deleted.
 * @param stamp makes the folder's name unique, e.g. a time
 * @returns names inside the volume
 */
export function moveDataAside({ dataDir }: Pick<AgentConfig, "dataDir">, stamp: string): readonly string[] {
  const folder = join(dataDir, ASIDE_FOLDER, stamp);
  return [SNAPSHOT_FILE, AOF_FOLDER].filter((name) => {
    if (!existsSync(join(dataDir, name))) return false;
    mkdirSync(folder, { recursive: true });
    renameSync(join(dataDir, name), join(folder, name));
    return true;
  });
}

/** Names of what was moved aside so far. */
export function listAside(config: AgentConfig): readonly string[] {
  const folder = join(config.dataDir, ASIDE_FOLDER);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(ASIDE_FOLDER, name)) : [];
}
