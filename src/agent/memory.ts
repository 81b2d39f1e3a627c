import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SlotRange } from "../cluster/types.js";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { AgentConfig } from "./config.js";
import { MEMORY_FILE, readIfThere, writeDurably } from "./files.js";

/** A promise of the turn to one pod. Wall-clock time, because it must survive a restart. */
export interface TurnPromise {
  readonly holder: string;
  readonly untilMs: number;
}

/** What was seen of one server process, so that a restarted agent goes on watching without a gap. */
export interface WatchRecord {
  readonly runId: string;
  /** `cluster_current_epoch` when this was written: while it stands, no election took place. */
  readonly currentEpoch: number;
  readonly sinceMs: number;
  readonly promotedAtMs?: number;
  readonly primaryChangedAtMs: Readonly<Record<string, number>>;
}

/** A `CLUSTER FAILOVER` that this agent sent, so that its next process knows of it when this one is killed. */
export interface FailoverRecord {
  /** The server process whose slots are given away. */
  readonly runId: string;
  readonly candidateId: string;
  readonly slots: readonly SlotRange[];
  readonly askedAtMs: number;
}

/** What an agent keeps in the volume. */
export interface Memory {
  readonly cluster: string;
  /** The cluster was seen whole. */
  readonly formed: boolean;
  /** Boot of the host under which the server last ran. */
  readonly bootId: string;
  /** False once the server was stopped on purpose. */
  readonly running: boolean;
  readonly promise?: TurnPromise;
  /** Until the hand-over is finished, drain included. */
  readonly failover?: FailoverRecord | undefined;
  readonly watch?: WatchRecord;
}

export interface MemoryStore {
  /** True when this volume held a memory at the agent's start: then no promise can have been forgotten. */
  readonly remembered: boolean;
  get(): Memory;
  update(change: Partial<Memory>): void;
}

/** Identity of this boot of the host; the empty text where the system does not tell. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/**
 * Opens the agent's memory in the volume.
 * @throws EvenkeelError `FOREIGN_VOLUME` when the volume belongs to another cluster
 */
export function openMemory(config: AgentConfig): MemoryStore {
  const path = join(config.dataDir, MEMORY_FILE);
  const text = readIfThere(path);
  let memory: Memory = { cluster: config.cluster, formed: false, bootId: bootId(), running: false };
  if (text !== undefined) {
    const stored = parse(text);
    if (stored && stored.cluster !== config.cluster) {
      throw new EvenkeelError(
        `the volume ${config.dataDir} belongs to cluster ${stored.cluster}, not to ${config.cluster}`,
        {
          code: "FOREIGN_VOLUME",
          owner: "user",
          hint: "give this pod its own volume, or an empty one",
        },
      );
    }
    if (stored) memory = stored;
  }
  return {
    remembered: text !== undefined,
    get: () => memory,
    update: (change) => {
      const next = { ...memory, ...change };
      if (JSON.stringify(next) === JSON.stringify(memory)) return;
      memory = next;
      writeDurably(path, JSON.stringify(memory));
    },
  };
}

/** A memory that cannot be read is no memory: everything in it can be learned again, at the price of waiting. */
function parse(text: string): Memory | undefined {
  try {
    const value = JSON.parse(text) as Memory;
    return typeof value.cluster === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
