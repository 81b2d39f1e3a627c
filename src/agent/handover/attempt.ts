import type { Topology, TopologyNode } from "../../cluster/types.js";
import type { Clock } from "../../ports/clock.js";
import type { AgentConfig } from "../config.js";
import type { MemoryStore } from "../memory.js";
import type { Peers } from "../peers.js";
import type { AgentStatus } from "../status.js";
import type { Turn } from "../turn.js";
import type { Fleet } from "./fleet.js";

/** How often a gate that is shut is looked at again. */
export const GATE_LOOK_MS = 50;
/** This long before the end of the budget the hand-over goes on without the turn: a collision costs less than a bare stop. */
export const WITHOUT_TURN_MS = 15_000;

/** What a hand-over works with. */
export interface HandoverDeps {
  readonly config: AgentConfig;
  /** Closed when the hand-over is over. */
  readonly fleet: Fleet;
  readonly scripts: readonly string[];
  readonly peers: Peers;
  readonly turn: Turn;
  readonly memory: Pick<MemoryStore, "get" | "update">;
  readonly clock: Clock;
  /** This agent's own status: the newest. */
  readonly status: () => AgentStatus;
  /** The version that the present upgrade goes to, when there is one. */
  readonly targetVersion: () => string | undefined;
  /** Who should take over, if it can. */
  readonly preferredPod?: string | undefined;
  /** Says what is going on; shown in the status. */
  readonly say: (what: string) => void;
}

/** One hand-over, from its beginning to its end. */
export interface Attempt extends HandoverDeps {
  readonly selfId: string;
  readonly runId: string;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly timings: Record<string, number>;
}

/** Runs `work` and adds its duration to a phase's time. */
export async function timed<T>(attempt: Attempt, phase: string, work: () => Promise<T>): Promise<T> {
  const begin = attempt.clock.now();
  try {
    return await work();
  } finally {
    attempt.timings[phase] = (attempt.timings[phase] ?? 0) + (attempt.clock.now() - begin);
  }
}

/**
 * Addresses of all nodes: as this node's own table has them, and as their agents say. An agent may be away (it is killed and
 * started again); its server is still a candidate, a voter and a view.
 */
export function addresses({ config, peers, status }: HandoverDeps): string[] {
  const known = status().sees.filter((sight) => sight.address !== "" && !sight.handshake);
  return [...new Set([config.announceAddress, ...[...known, ...peers.statuses()].map((one) => one.address)])];
}

/** The node with this id, as all views together have it. */
export const find = (topology: Topology, id: string): TopologyNode | undefined =>
  topology.nodes.find((node) => node.id === id);

/** How many slots it owns. */
export function slotCount(node: TopologyNode | undefined): number {
  return (node?.slots ?? []).reduce((sum, range) => sum + range.end - range.start + 1, 0);
}
