import { compareVersions } from "./engines.js";
import type { Condition, ServerInfo, Topology } from "./types.js";

/** What the agents remember of elections. Ages in milliseconds; undefined where nothing was seen. */
export interface HistoryFacts {
  readonly topology: Topology;
  readonly candidateId: string;
  readonly nodeTimeoutMs: number;
  readonly candidatePromotedAgoMs?: number;
  /** How long the candidate's server has been watched without a gap. */
  readonly candidateWatchedMs: number;
  readonly candidateUptimeMs: number;
  readonly shardChangedAgoMs?: number;
  /** How long the agent with the longest memory has watched. */
  readonly watchedMs: number;
}

/** Uptimes are told in whole seconds, and nobody is promoted in the first second of its life: it has no data yet. */
const UPTIME_GRAIN_MS = 1000;

/**
 * Up to Redis 8.0 and Valkey 8.0 a process that was promoted re-uses its old votes when it is promoted again within 4 x
 * node-timeout: it claims slots with an old epoch and writes are lost. The voters do not vote twice about one primary within
 * 2 x node-timeout: writes are then paused for 5 s. Valkey 8.1 and newer exempt the manual failover from both.
 */
export function historyConditions(facts: HistoryFacts): Condition[] {
  const candidate = facts.topology.nodes.find((node) => node.id === facts.candidateId)?.view?.server;
  const promotion = isExempt(candidate) ? undefined : rememberPromotion(facts);
  const change = votersAreExempt(facts) ? undefined : rememberChange(facts);
  return [
    describe("history.candidate", "the candidate was promoted", promotion),
    describe("history.shard", "the shard's primary changed", change),
  ];
}

/** How long until the history conditions hold, in milliseconds, when nothing more happens; 0 when they hold. */
export function historyWaitMs(facts: HistoryFacts): number {
  const candidate = facts.topology.nodes.find((node) => node.id === facts.candidateId)?.view?.server;
  return Math.max(
    isExempt(candidate) ? 0 : left(rememberPromotion(facts)),
    votersAreExempt(facts) ? 0 : left(rememberChange(facts)),
  );
}

interface Memory {
  /** The longest time for which it is certain that nothing happened; infinite when it never did. */
  readonly quietMs: number;
  readonly windowMs: number;
  /** False when the time is only as long as anybody has watched. */
  readonly seen: boolean;
}

const left = ({ quietMs, windowMs }: Memory): number => Math.max(0, windowMs - quietMs);

function rememberPromotion(facts: HistoryFacts): Memory {
  const { candidatePromotedAgoMs, candidateWatchedMs, candidateUptimeMs } = facts;
  const windowMs = 4 * facts.nodeTimeoutMs;
  if (candidatePromotedAgoMs !== undefined) return { quietMs: candidatePromotedAgoMs, windowMs, seen: true };
  const watchedFromBirth = candidateWatchedMs + UPTIME_GRAIN_MS >= candidateUptimeMs;
  return { quietMs: watchedFromBirth ? Infinity : candidateWatchedMs, windowMs, seen: false };
}

function rememberChange({ shardChangedAgoMs, watchedMs, nodeTimeoutMs }: HistoryFacts): Memory {
  return {
    quietMs: shardChangedAgoMs ?? watchedMs,
    windowMs: 2 * nodeTimeoutMs,
    seen: shardChangedAgoMs !== undefined,
  };
}

function describe(name: string, what: string, memory: Memory | undefined): Condition {
  if (!memory) return { name, holds: true, reason: "this engine exempts manual failovers" };
  const { quietMs, windowMs, seen } = memory;
  const holds = left(memory) === 0;
  if (quietMs === Infinity) return { name, holds, reason: "never since this process began" };
  const when = seen
    ? `${what} ${Math.round(quietMs)} ms ago`
    : `watched for ${Math.round(quietMs)} ms only, so ${what.replace(" was ", " may have been ").replace(" changed", " may have changed")} before`;
  return { name, holds, reason: holds ? `not within ${windowMs} ms` : `${when}; it has to be ${windowMs} ms` };
}

function isExempt(server: ServerInfo | undefined): boolean {
  return server !== undefined && server.engine === "valkey" && compareVersions(server.version, "8.1") >= 0;
}

/** The refusal is the voters' own: all of them have to be new enough. */
function votersAreExempt({ topology }: HistoryFacts): boolean {
  const voters = topology.nodes.filter((node) => node.role === "primary" && node.slots.length > 0);
  return voters.length > 0 && voters.every((voter) => isExempt(voter.view?.server));
}
