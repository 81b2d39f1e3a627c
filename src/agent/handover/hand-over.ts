import { PROOF_DEADLINE_MS } from "../../cluster/constants.js";
import { chooseCandidates, handoverGate, handoverProof } from "../../cluster/handover.js";
import { explain, failing } from "../../cluster/conditions.js";
import type { Condition, SlotRange, Topology, TopologyNode } from "../../cluster/types.js";
import type { Clock } from "../../ports/clock.js";
import { ReplyError } from "../../redis/reply-error.js";
import type { AgentConfig } from "../config.js";
import type { MemoryStore } from "../memory.js";
import type { Peers } from "../peers.js";
import type { AgentStatus, HandoverResult } from "../status.js";
import type { Turn } from "../turn.js";
import { drain } from "./drain.js";
import { createFleet, type Fleet } from "./fleet.js";

/** How often a gate that is shut is looked at again, and how often a proof that does not hold yet. */
const GATE_LOOK_MS = 50;
const PROOF_LOOK_MS = 15;
const ROLE_LOOK_MS = 5;
/** This long before the end of the budget the hand-over goes on without the turn: a collision costs less than a bare stop. */
const WITHOUT_TURN_MS = 15_000;
/** How long a candidate counts as named when nobody says that it is over. */
const CANDIDATE_NAMED_MS = 10_000;
/** The turn is asked for again before its promises run out. */
const RENEW_MS = 10_000;
/** How long a replica that is not called failed is waited for when it does not answer. */
const REPLICA_BACK_MS = 10_000;
/** Pause after a try that came to nothing before any server was asked. */
const RETRY_MS = 250;

export interface HandoverDeps {
  readonly config: AgentConfig;
  readonly password: string | undefined;
  readonly scripts: readonly string[];
  readonly peers: Peers;
  readonly turn: Turn;
  readonly memory: Pick<MemoryStore, "get" | "update">;
  readonly clock: Clock;
  /** This agent's own status: the newest. */
  readonly status: () => AgentStatus;
  /** The version that the present upgrade goes to, when there is one. */
  readonly targetVersion: () => string | undefined;
  /** Says what is going on; shown in the status. */
  readonly say: (what: string) => void;
}

interface Attempt extends HandoverDeps {
  readonly fleet: Fleet;
  readonly selfId: string;
  readonly runId: string;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly timings: Record<string, number>;
}

/** Runs `work` and adds its duration to a phase's time. */
async function timed<T>(attempt: Attempt, phase: string, work: () => Promise<T>): Promise<T> {
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
function addresses({ config, peers, status }: HandoverDeps): string[] {
  const known = status().sees.filter((sight) => sight.address !== "" && !sight.handshake);
  return [...new Set([config.announceAddress, ...[...known, ...peers.statuses()].map((one) => one.address)])];
}

const find = (topology: Topology, id: string): TopologyNode | undefined =>
  topology.nodes.find((node) => node.id === id);

function slotCount(node: TopologyNode | undefined): number {
  return (node?.slots ?? []).reduce((sum, range) => sum + range.end - range.start + 1, 0);
}

/**
 * Gives this node's slots to a replica: choose, turn, gate, `CLUSTER FAILOVER`, tell, prove, drain. Never FORCE or TAKEOVER.
 * `OK` of the server proves nothing; only roles, slots and epochs in every view do.
 * @param budgetMs all of it must fit in, the drain too
 */
export async function handOver(
  deps: HandoverDeps,
  options: { budgetMs: number; signal?: AbortSignal | undefined },
): Promise<HandoverResult> {
  const self = deps.status().server;
  const from = deps.config.pod;
  if (self === undefined)
    return { outcome: "impossible", from, attempts: 0, reason: "the server does not answer", timings: {} };
  const fleet = createFleet(deps.config.serverPort, deps.password);
  const attempt: Attempt = {
    ...deps,
    fleet,
    selfId: self.nodeId,
    runId: self.runId,
    deadline: deps.clock.now() + options.budgetMs,
    signal: options.signal,
    timings: {},
  };
  try {
    return await run(attempt);
  } finally {
    await deps.turn.giveBack().catch(() => undefined);
    fleet.close();
    deps.say("");
  }
}

async function run(attempt: Attempt): Promise<HandoverResult> {
  const { config, clock, timings } = attempt;
  const from = config.pod;
  await attempt.peers.refresh();
  const taken = await takeUp(attempt);
  if (taken !== undefined) return finish(attempt, { attempts: 1, to: taken });
  for (let attempts = 1; ; attempts += 1) {
    const topology = await lookForReplica(attempt);
    const self = find(topology, attempt.selfId);
    if (self?.role === "replica" || slotCount(self) === 0) {
      if (attempts === 1) return { outcome: "not-needed", from, attempts: 0, reason: "replica, or no slots", timings };
      return finish(attempt, { attempts, to: self?.primaryId ?? "" });
    }
    const replicas = topology.nodes.filter((node) => node.primaryId === attempt.selfId && node.view !== undefined);
    if (replicas.length === 0)
      return { outcome: "impossible", from, attempts, reason: "no replica of this shard answers", timings };
    const outcome = await once(attempt);
    if (outcome.promoted !== undefined) return finish(attempt, { attempts, to: outcome.promoted });
    // Votes of a failed try are not forgotten by the voters: sooner than this the next try would be refused in silence.
    const waitMs = outcome.asked ? 4 * config.nodeTimeoutMs : RETRY_MS;
    if (clock.now() + waitMs + PROOF_DEADLINE_MS > attempt.deadline)
      return { outcome: "failed", from, attempts, reason: outcome.reason, timings };
    attempt.say(`${outcome.reason}; tries again in ${waitMs / 1000} s`);
    await attempt.turn.giveBack();
    await clock.sleep(waitMs, attempt.signal);
    await attempt.peers.refresh();
  }
}

/**
 * Looks until a replica of this node answers. One that is not called failed is waited for: when its server is started again
 * it is back in a moment, and without it this node would have to stop with its slots.
 */
async function lookForReplica(attempt: Attempt): Promise<Topology> {
  const { clock, selfId } = attempt;
  const end = Math.min(clock.now() + REPLICA_BACK_MS, attempt.deadline - PROOF_DEADLINE_MS);
  for (;;) {
    const topology = await attempt.fleet.look(addresses(attempt));
    const own = find(topology, selfId);
    const replicas = topology.nodes.filter((node) => node.primaryId === selfId);
    const expected = replicas.filter(
      ({ id }) => own?.view?.nodes.some((entry) => entry.id === id && !entry.failed) === true,
    );
    const decided = own?.role === "replica" || slotCount(own) === 0 || replicas.some((node) => node.view !== undefined);
    if (decided || expected.length === 0 || clock.now() > end) return topology;
    attempt.say(`waits for replica ${expected.map((node) => node.address).join(", ")}, which does not answer`);
    await clock.sleep(GATE_LOOK_MS, attempt.signal);
    await attempt.peers.refresh();
  }
}

/**
 * Takes up a failover that an earlier process of this agent sent and did not live to finish.
 * @returns the node that was promoted; undefined when there is nothing to take up, or nothing came of it
 */
async function takeUp(attempt: Attempt): Promise<string | undefined> {
  const { clock, config, memory } = attempt;
  const { failover } = memory.get();
  if (failover === undefined || failover.runId !== attempt.runId) return undefined;
  // Written by the wall clock, because the process that wrote it is gone; a clock that was set back must not stretch it.
  const ageMs = Math.max(0, Date.now() - failover.askedAtMs);
  if (ageMs > config.gracePeriodMs) return undefined;
  attempt.say(`takes up the failover that was asked for ${ageMs} ms ago, before this agent was started`);
  const demoted = await timed(attempt, "failover", () =>
    waitUntilDemoted(attempt, clock.now() + PROOF_DEADLINE_MS - ageMs),
  );
  if (demoted) {
    // The slots may have gone on to a third node since: then this proof can never hold.
    const deadline = Math.min(attempt.deadline, clock.now() + PROOF_DEADLINE_MS);
    await timed(attempt, "proof", () => prove({ ...attempt, deadline }, failover.candidateId, failover.slots));
    return failover.candidateId;
  }
  const restMs = 4 * config.nodeTimeoutMs - ageMs;
  if (restMs > 0 && clock.now() + restMs + PROOF_DEADLINE_MS < attempt.deadline) {
    attempt.say(`that failover did not come about; tries again in ${Math.ceil(restMs / 1000)} s`);
    await clock.sleep(restMs, attempt.signal);
    await attempt.peers.refresh();
  }
  return undefined;
}

/** One try. `asked` is true once `CLUSTER FAILOVER` was sent. */
async function once(attempt: Attempt): Promise<{ promoted?: string; asked: boolean; reason: string }> {
  const { clock, turn } = attempt;
  const turnDeadline = attempt.deadline - WITHOUT_TURN_MS;
  const held = await timed(attempt, "turn", () =>
    turn.take({
      deadline: turnDeadline,
      onWait: (why) => attempt.say(`waits for its turn: ${why}`),
      signal: attempt.signal,
    }),
  );
  if (!held) attempt.say("goes on without the turn: the budget ends");
  const passed = await timed(attempt, "gate", () => waitForGate(attempt, held));
  if ("reason" in passed) return { asked: false, reason: passed.reason };
  const { candidate, before } = passed;
  const candidateConnection = await attempt.fleet.connection(candidate.address);
  for (const script of attempt.scripts) await candidateConnection.call("SCRIPT", "LOAD", script);

  const refusal = await nameCandidate(attempt, candidate.id, CANDIDATE_NAMED_MS);
  if (refusal !== undefined) return { asked: false, reason: refusal };

  attempt.say(`hands over to ${candidate.address}`);
  const { runId } = attempt;
  attempt.memory.update({ failover: { runId, candidateId: candidate.id, slots: before.slots, askedAtMs: Date.now() } });
  const failoverStart = clock.now();
  try {
    await candidateConnection.call("CLUSTER", "FAILOVER");
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    attempt.memory.update({ failover: undefined });
    return { asked: false, reason: `${candidate.address} refused CLUSTER FAILOVER: ${error.message}` };
  }
  const demoted = await timed(attempt, "failover", () => waitUntilDemoted(attempt, failoverStart + PROOF_DEADLINE_MS));
  if (!demoted) return { asked: true, reason: `${candidate.address} was not promoted within ${PROOF_DEADLINE_MS} ms` };
  await timed(attempt, "proof", () => prove(attempt, candidate.id, before.slots));
  await nameCandidate(attempt, candidate.id, 0);
  return { promoted: candidate.id, asked: true, reason: "" };
}

/** Body of `POST /candidate`: this pod's hand-over names the receiver for so long; 0 when it is over. */
export interface CandidateCall {
  readonly by: string;
  readonly forMs: number;
}

/** Tells the candidate's agent, so that a pod that is asked to stop now waits for the outcome. A refusal says why. */
async function nameCandidate(attempt: Attempt, candidateId: string, forMs: number): Promise<string | undefined> {
  const pod = attempt.peers.statuses().find((peer) => peer.server?.nodeId === candidateId)?.pod;
  if (pod === undefined) return `the agent of candidate ${candidateId} does not answer`;
  const call: CandidateCall = { by: attempt.config.pod, forMs };
  try {
    const reply = await attempt.peers.post<{ accepted: boolean; reason: string }>(pod, "/candidate", call, 1000);
    return reply.accepted ? undefined : `${pod} refused: ${reply.reason}`;
  } catch (error) {
    return `${pod} could not be told: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The longest age that is certain: what no agent can tell counts as having happened just before the agents began to watch. */
function histories(
  attempt: Attempt,
  candidateId: string,
): Pick<
  Parameters<typeof handoverGate>[0],
  "candidatePromotedAgoMs" | "candidateWatchedMs" | "candidateUptimeMs" | "shardChangedAgoMs" | "watchedMs"
> {
  const statuses = [attempt.status(), ...attempt.peers.statuses()];
  const candidate = statuses.find((status) => status.server?.nodeId === candidateId);
  const changes = statuses
    .flatMap((status) => [candidateId, attempt.selfId].map((id) => status.history.primaryChangedAgoMs[id]))
    .filter((age) => age !== undefined);
  return {
    ...(candidate?.history.promotedAgoMs === undefined
      ? {}
      : { candidatePromotedAgoMs: candidate.history.promotedAgoMs }),
    candidateWatchedMs: candidate?.history.watchedProcessMs ?? 0,
    candidateUptimeMs: candidate?.server?.uptimeMs ?? Number.POSITIVE_INFINITY,
    ...(changes.length === 0 ? {} : { shardChangedAgoMs: Math.min(...changes) }),
    watchedMs: Math.max(0, ...statuses.map((status) => status.history.watchedProcessMs)),
  };
}

interface Passed {
  readonly candidate: TopologyNode;
  readonly before: TopologyNode;
}

async function waitForGate(attempt: Attempt, turnHeld: boolean): Promise<Passed | { reason: string }> {
  const { clock, config, peers } = attempt;
  let conditions: readonly Condition[] = [];
  let renewed = clock.now();
  for (;;) {
    const topology = await attempt.fleet.look(addresses(attempt));
    const statuses = peers.statuses();
    const stopping = statuses.filter((peer) => peer.stopping).flatMap((peer) => peer.server?.nodeId ?? []);
    const placements = new Map(
      [attempt.status(), ...statuses].flatMap((status) =>
        status.server ? [[status.server.nodeId, status.placement] as const] : [],
      ),
    );
    const target = attempt.targetVersion();
    const { chosen, rejected } = chooseCandidates({
      topology,
      primaryId: attempt.selfId,
      ...(target === undefined ? {} : { targetVersion: target }),
      placementOf: (id) => placements.get(id),
      stoppingIds: stopping,
    });
    const candidate = chosen[0] && find(topology, chosen[0].nodeId);
    const before = find(topology, attempt.selfId);
    if (before?.role === "replica") return { reason: "this node became a replica meanwhile" };
    if (candidate && before) {
      conditions = handoverGate({
        topology,
        primaryId: attempt.selfId,
        candidateId: candidate.id,
        nodeTimeoutMs: config.nodeTimeoutMs,
        turnHeld: turnHeld || clock.now() > attempt.deadline - WITHOUT_TURN_MS,
        ...histories(attempt, candidate.id),
      });
      if (failing(conditions).length === 0) return { candidate, before };
      attempt.say(`waits for the gate: ${explain(failing(conditions))}`);
    } else {
      attempt.say(`waits for a candidate: ${rejected.map((one) => one.reason).join("; ") || "no replica answers"}`);
    }
    // A failover takes up to its own time limit; without that much left a bare stop costs less than a half-done one.
    if (clock.now() + PROOF_DEADLINE_MS > attempt.deadline)
      return { reason: `the gate stayed shut: ${explain(failing(conditions)) || "no candidate"}` };
    await clock.sleep(GATE_LOOK_MS, attempt.signal);
    if (clock.now() - renewed > RENEW_MS && turnHeld) {
      await attempt.turn.renew();
      renewed = clock.now();
    }
    await peers.refresh();
  }
}

async function waitUntilDemoted(attempt: Attempt, deadline: number): Promise<boolean> {
  const own = await attempt.fleet.connection(attempt.config.announceAddress);
  for (;;) {
    const role = await own.call("ROLE");
    if (Array.isArray(role) && role[0] === "slave") return true;
    if (attempt.clock.now() > deadline) return false;
    await attempt.clock.sleep(ROLE_LOOK_MS);
  }
}

/**
 * The demoted node introduces itself to every peer: a node that is already known only gets the header, which carries the
 * new role. Otherwise peers learn it from the next ping to each of them, up to seconds later.
 */
async function tell(attempt: Attempt): Promise<void> {
  const own = await attempt.fleet.connection(attempt.config.announceAddress);
  const others = addresses(attempt).filter((address) => address !== attempt.config.announceAddress);
  await own.pipeline(others.map((address) => ["CLUSTER", "MEET", address, attempt.config.serverPort]));
}

/** Waits until every view agrees. The slots are served already; a proof that is late delays the stop and nothing else. */
async function prove(attempt: Attempt, candidateId: string, slots: readonly SlotRange[]): Promise<void> {
  await tell(attempt);
  let told = attempt.clock.now();
  for (;;) {
    const topology = await attempt.fleet.look(addresses(attempt));
    const open = failing(handoverProof({ topology, from: attempt.selfId, to: candidateId, slots }));
    if (open.length === 0) return;
    attempt.say(`waits for the proof: ${explain(open)}`);
    if (attempt.clock.now() > attempt.deadline) return;
    if (attempt.clock.now() - told > 1000) {
      await attempt.peers.refresh();
      await tell(attempt);
      told = attempt.clock.now();
    }
    await attempt.clock.sleep(PROOF_LOOK_MS);
  }
}

async function finish(attempt: Attempt, { attempts, to }: { attempts: number; to: string }): Promise<HandoverResult> {
  await attempt.turn.giveBack();
  attempt.say("drains");
  const own = await attempt.fleet.connection(attempt.config.announceAddress);
  const { moved, quiet } = await timed(attempt, "drain", () =>
    drain(own, { clock: attempt.clock, deadline: attempt.deadline, signal: attempt.signal }),
  );
  attempt.memory.update({ failover: undefined });
  const heir = attempt.peers.statuses().find((peer) => peer.server?.nodeId === to)?.pod;
  const reason = quiet
    ? `${moved} commands were sent on while it drained`
    : `still ${moved} MOVED answers when the drain ended`;
  return { outcome: "done", from: attempt.config.pod, to: heir ?? to, attempts, reason, timings: attempt.timings };
}
