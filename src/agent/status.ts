import type { Condition, EngineName, Placement, Role } from "../cluster/types.js";

/** Phases of the agent, in the order of a start. */
export type AgentPhase =
  | "preparing"
  | "gate-open"
  | "held"
  | "unformed"
  | "forming"
  | "joining"
  | "serving"
  | "handing-over"
  | "stopping";

/** What `GET /status` answers. */
export interface AgentStatus {
  readonly pod: string;
  readonly ordinal: number;
  /** Identity of the cluster; a node is never introduced to a node of another cluster. */
  readonly cluster: string;
  readonly phase: AgentPhase;
  /** What it waits for or why it is held, when it is. */
  readonly reason: string;
  readonly address: string;
  readonly port: number;
  readonly placement: Placement;
  /** This agent process, milliseconds since its start. */
  readonly agentUptimeMs: number;
  readonly processId: number;
  readonly ready: { readonly ready: boolean; readonly conditions: readonly Condition[] };
  /** Undefined while the server does not answer. */
  readonly server?: {
    readonly nodeId: string;
    readonly runId: string;
    readonly engine: EngineName;
    readonly version: string;
    readonly role: Role;
    readonly primaryId?: string;
    readonly uptimeMs: number;
    readonly slots: number;
    readonly keys: number;
    readonly replicationOffset: number;
    readonly primaryLinkUp?: boolean;
    readonly knownNodes: number;
    /** Since the server said this; at rest an agent looks only about every second. */
    readonly lookedAgoMs?: number;
  };
  /** True once this agent saw the cluster whole; kept in the volume. */
  readonly formed: boolean;
  /** What this node says of each other node; empty while the server does not answer. */
  readonly sees: readonly Sight[];
  /** True from the moment this pod was asked to stop: it is no candidate. */
  readonly stopping: boolean;
  readonly history: AgentHistory;
  /** Data that was moved aside, newest last: names inside the volume. */
  readonly movedAside: readonly string[];
}

/** One node as another sees it. */
export interface Sight {
  readonly nodeId: string;
  readonly address: string;
  readonly port: number;
  readonly role: Role;
  readonly primaryId?: string;
  readonly slots: number;
  readonly failed: boolean;
  readonly suspected: boolean;
  readonly handshake: boolean;
  /** Bus links in each direction, as `CLUSTER LINKS` lists them. */
  readonly linkTo: boolean;
  readonly linkFrom: boolean;
}

/** What this agent saw of promotions; engines do not tell (design, section 12). Ages, so that clocks need not agree. */
export interface AgentHistory {
  /** How long this agent has watched its server's process without a gap. */
  readonly watchedProcessMs: number;
  /** Since this server process was last promoted, if it was while watched. */
  readonly promotedAgoMs?: number;
  /** Primary node id -> how long ago this agent saw the shard's primary change away from or to it. */
  readonly primaryChangedAgoMs: Readonly<Record<string, number>>;
}

/** How a hand-over went. */
export interface HandoverResult {
  /** `done`: slots are served elsewhere; `not-needed`: replica or no slots; `impossible`: no candidate lives; `failed`. */
  readonly outcome: "done" | "not-needed" | "impossible" | "failed";
  readonly from: string;
  readonly to?: string;
  readonly attempts: number;
  readonly reason: string;
  /** Milliseconds by phase: turn, gate, failover, proof, drain. */
  readonly timings: Readonly<Record<string, number>>;
}
