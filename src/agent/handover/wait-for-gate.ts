import { PROOF_DEADLINE_MS } from "../../cluster/constants.js";
import { chooseCandidates, handoverGate } from "../../cluster/handover.js";
import { explain, failing } from "../../cluster/conditions.js";
import type { Condition, TopologyNode } from "../../cluster/types.js";
import { addresses, type Attempt, find, GATE_LOOK_MS, WITHOUT_TURN_MS } from "./attempt.js";
import { waitForTick } from "./wait-for-tick.js";

/** The turn is asked for again before its promises run out. */
const RENEW_MS = 10_000;

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

/** Who takes over, and this node as it was when the gate opened. */
interface Passed {
  readonly candidate: TopologyNode;
  readonly before: TopologyNode;
}

/**
 * Looks until a candidate passes every condition of the gate, also in a look right after a tick of this server's bus; says why
 * when the time for it is up.
 */
export async function waitForGate(attempt: Attempt, turnHeld: boolean): Promise<Passed | { reason: string }> {
  const { clock, config, peers } = attempt;
  let conditions: readonly Condition[] = [];
  let renewed = clock.now();
  let atTick = false;
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
    const preferred = statuses.find((peer) => peer.pod === attempt.preferredPod)?.server?.nodeId;
    const { chosen, rejected } = chooseCandidates({
      topology,
      primaryId: attempt.selfId,
      ...(target === undefined ? {} : { targetVersion: target }),
      ...(preferred === undefined ? {} : { preferredId: preferred }),
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
      if (failing(conditions).length === 0) {
        if (atTick) return { candidate, before };
        await waitForTick(await attempt.fleet.connection(config.announceAddress), attempt);
        atTick = true;
        continue;
      }
      attempt.say(`waits for the gate: ${explain(failing(conditions))}`);
    } else {
      attempt.say(`waits for a candidate: ${rejected.map((one) => one.reason).join("; ") || "no replica answers"}`);
    }
    // A failover takes up to its own time limit; without that much left a bare stop costs less than a half-done one.
    if (clock.now() + PROOF_DEADLINE_MS > attempt.deadline)
      return { reason: `the gate stayed shut: ${explain(failing(conditions)) || "no candidate"}` };
    atTick = false;
    await clock.sleep(GATE_LOOK_MS, attempt.signal);
    if (clock.now() - renewed > RENEW_MS && turnHeld) {
      await attempt.turn.renew();
      renewed = clock.now();
    }
    await peers.refresh();
  }
}
