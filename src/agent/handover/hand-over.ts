import { PROOF_DEADLINE_MS } from "../../cluster/constants.js";
import type { Topology } from "../../cluster/types.js";
import { ReplyError } from "../../redis/reply-error.js";
import type { HandoverResult } from "../status.js";
import {
  addresses,
  type Attempt,
  find,
  GATE_LOOK_MS,
  type HandoverDeps,
  slotCount,
  timed,
  WITHOUT_TURN_MS,
} from "./attempt.js";
import { drain } from "./drain.js";
import { nameCandidate } from "./name-candidate.js";
import { prove, waitUntilDemoted } from "./prove.js";
import { waitForGate } from "./wait-for-gate.js";

/** How long a candidate counts as named when nobody says that it is over. */
const CANDIDATE_NAMED_MS = 10_000;
/** How long a replica that is not called failed is waited for when it does not answer. */
const REPLICA_BACK_MS = 10_000;
/** Pause after a try that came to nothing before any server was asked. */
const RETRY_MS = 250;

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
  if (self === undefined) {
    deps.fleet.close();
    return { outcome: "impossible", from, attempts: 0, reason: "the server does not answer", timings: {} };
  }
  const attempt: Attempt = {
    ...deps,
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
    deps.fleet.close();
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
