import { unless } from "./conditions.js";
import { LAG_MAX_BYTES } from "./constants.js";
import { formatPlace } from "./format-node.js";
import { historyConditions, type HistoryFacts } from "./handover-history.js";
import { livingNodes } from "./living-nodes.js";
import type { Condition, NodeEntry, Topology, TopologyNode, View } from "./types.js";

export interface HandoverGateFacts extends HistoryFacts {
  readonly topology: Topology;
  readonly primaryId: string;
  readonly candidateId: string;
  readonly nodeTimeoutMs: number;
  /** No other hand-over of the cluster runs. */
  readonly turnHeld: boolean;
}

/**
 * What must hold before `CLUSTER FAILOVER`. Each condition is one that, when it was missing, made the engine answer OK and
 * then pause writes for seconds, promote nobody, or lose writes.
 */
export function handoverGate(facts: HandoverGateFacts): Condition[] {
  return [
    ...viewConditions(facts),
    ...candidateConditions(facts),
    linkCondition(facts),
    unless("turn", facts.turnHeld ? [] : ["another hand-over may be running"], "held"),
    ...historyConditions(facts),
  ];
}

function viewConditions({ topology, primaryId, candidateId }: HandoverGateFacts): Condition[] {
  const silent = livingNodes(topology).filter((node) => !node.view);
  const unanswered = [
    ...silent.map((node) => `${formatPlace(node)} was not heard`),
    ...topology.unreachable
      .filter((one) => isNeeded(topology, one))
      .map((one) => `${formatPlace(one)} does not answer: ${one.reason}`),
  ];
  const aboutCandidate = topology.views.flatMap((view) =>
    complaints(view, candidateId, (entry) =>
      entry.role === "replica" && entry.primaryId === primaryId ? [] : ["no replica of this primary"],
    ),
  );
  const aboutPrimary = topology.views.flatMap((view) =>
    complaints(view, primaryId, (entry) => (entry.role === "primary" ? [] : ["no primary"])),
  );
  const voters = topology.nodes.filter(isVoter);
  const living = voters.filter((voter) => voter.view);
  const majority = Math.floor(voters.length / 2) + 1;
  return [
    unless("views.all", [...new Set(unanswered)], `${topology.views.length} nodes were asked and answered`),
    unless(
      "voters",
      living.length >= majority ? [] : [`${living.length} of ${voters.length} voters answer; ${majority} are needed`],
      `${living.length} of ${voters.length} voters answer`,
    ),
    unless("views.candidate", aboutCandidate, "every view knows it as a connected replica of this primary"),
    unless("views.primary", aboutPrimary, "every view knows it as a connected primary"),
  ];
}

const isVoter = (node: TopologyNode): boolean => node.role === "primary" && node.slots.length > 0;

/** An address that did not answer counts, unless it is that of a node which all others hold for failed. */
function isNeeded(topology: Topology, place: { readonly address: string; readonly port: number }): boolean {
  const living = new Set(livingNodes(topology).map((node) => node.id));
  const there = topology.nodes.filter((node) => formatPlace(node) === formatPlace(place));
  return there.length === 0 || there.some((node) => living.has(node.id));
}

function complaints(view: View, id: string, further: (entry: NodeEntry) => readonly string[]): string[] {
  const entry = view.nodes.find((node) => node.id === id);
  const by = `for ${formatPlace(view)}`;
  if (!entry) return [`not known ${by}`];
  const found = [
    ...(entry.handshake ? ["in handshake"] : []),
    ...(entry.failed ? ["failed"] : []),
    ...(entry.suspected ? ["suspected"] : []),
    ...(entry.noAddress ? ["without address"] : []),
    ...(entry.self || entry.linkConnected ? [] : ["disconnected"]),
    ...further(entry),
  ];
  return found.map((what) => `${what} ${by}`);
}

function candidateConditions({ topology, primaryId, candidateId }: HandoverGateFacts): Condition[] {
  const candidate = topology.nodes.find((node) => node.id === candidateId)?.view;
  const primary = topology.nodes.find((node) => node.id === primaryId)?.view;
  if (!candidate || !primary)
    return [
      { name: "candidate", holds: false, reason: `${candidate ? "the primary" : "the candidate"} does not answer` },
    ];
  const { server, role } = candidate;
  const lag = primary.server.replicationOffset - server.replicationOffset;
  const state = role.role === "replica" ? role.state : role.role;
  return [
    unless(
      "candidate.link",
      server.primaryLinkUp === true && state === "connected"
        ? []
        : [`master_link_status:${server.primaryLinkUp ? "up" : "down"}, ROLE says ${state}`],
      "up",
    ),
    unless(
      "candidate.sync",
      server.syncInProgress ? ["a full copy is being received"] : [],
      "no full copy is being received",
    ),
    unless("candidate.loaded", server.loading || server.asyncLoading ? ["it is loading its data"] : [], "loaded"),
    unless(
      "candidate.lag",
      lag > LAG_MAX_BYTES ? [`${lag} bytes behind (at most ${LAG_MAX_BYTES})`] : [],
      `${Math.max(0, lag)} bytes behind`,
    ),
  ];
}

/**
 * A voter whose own link to the candidate is not up grants its vote and drops it; replication looks healthy all the while.
 * So the links are read in both directions on both ends.
 */
function linkCondition({ topology, candidateId }: HandoverGateFacts): Condition {
  const candidate = topology.nodes.find((node) => node.id === candidateId);
  const voters = topology.nodes.filter((node) => isVoter(node) && node.view && node.id !== candidateId);
  const missing = voters.flatMap((voter) => {
    if (!voter.view || !candidate?.view) return [];
    return [...missingLinks(voter.view, candidate), ...missingLinks(candidate.view, voter)];
  });
  return unless("links", missing, `the candidate and ${voters.length} voters are linked both ways`);
}

function missingLinks(view: View, peer: TopologyNode): string[] {
  // Engines older than 7.0 have no CLUSTER LINKS: the link state of CLUSTER NODES is judged with the views.
  if (view.links.length === 0) return [];
  return (["to", "from"] as const)
    .filter((direction) => !view.links.some((link) => link.nodeId === peer.id && link.direction === direction))
    .map((direction) => `${formatPlace(view)} has no link ${direction} ${formatPlace(peer)}`);
}
