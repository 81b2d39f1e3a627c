/** The constants of the design, in one place. Times in milliseconds unless the name says otherwise. */
export const SLOTS = 16384;

export const SERVER_PORT = 6379;
/** The bus port is the server's port plus this. */
export const BUS_PORT_OFFSET = 10000;
/** RESP, on loopback (locally: on the pod's own loopback address). */
export const AGENT_CONTROL_PORT = 6390;
export const AGENT_HTTP_PORT = 9640;
export const TOKEN_HEADER = "x-evenkeel-token";

export const NODE_TIMEOUT_MS = 5000;
export const GRACE_PERIOD_MS = 120_000;
export const HANDOVER_BUDGET_MS = 100_000;
/** How long a promise of the turn holds. */
export const TURN_LIMIT_MS = 30_000;

export const PROOF_DEADLINE_MS = 6000;
export const DRAIN_MIN_MS = 1000;
export const DRAIN_QUIET_MS = 2000;
export const DRAIN_MAX_MS = 20_000;

/** Replication lag that still counts as in step. */
export const LAG_MAX_BYTES = 1024 * 1024;
