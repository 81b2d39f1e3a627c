import { LAG_MAX_BYTES } from "./constants.js";
import { versionMatches } from "./engines.js";
import type { Placement, Topology, TopologyNode, View } from "./types.js";

export interface CandidateFacts {
  readonly topology: Topology;
  /** The node that is to give its slots away. */
  readonly primaryId: string;
  /** Version that the present upgrade goes to; replicas that run it are preferred. */
  readonly targetVersion?: string;
  /** Who was asked for; taken before any other that may be taken. */
  readonly preferredId?: string;
  readonly placementOf: (nodeId: string) => Placement | undefined;
  /** Nodes that are being stopped: they would have to hand over again at once. */
  readonly stoppingIds: readonly string[];
  /** Replication offsets that are newer than those of the views. */
  readonly offsets?: ReadonlyMap<string, number>;
}

export interface Candidates {
  /** Best first. */
  readonly chosen: readonly { readonly nodeId: string; readonly reason: string }[];
  readonly rejected: readonly { readonly nodeId: string; readonly reason: string }[];
}

/** Orders the replicas of a primary by how well they would take over, and says of each why or why not. */
export function chooseCandidates(facts: CandidateFacts): Candidates {
  const { topology, primaryId } = facts;
  const replicas = topology.nodes.filter((node) => node.role === "replica" && node.primaryId === primaryId);
  const judged = replicas.map((node) => ({ node, why: whyNot(node, facts) }));
  const ranked = judged
    .flatMap(({ node, why }) => (why === undefined && node.view ? [rank(node, node.view, facts)] : []))
    .toSorted(
      (a, b) =>
        b.wanted - a.wanted ||
        b.onTarget - a.onTarget ||
        b.apart - a.apart ||
        a.lagBytes - b.lagBytes ||
        a.nodeId.localeCompare(b.nodeId),
    );
  return {
    chosen: ranked.map(({ nodeId, reason }) => ({ nodeId, reason })),
    rejected: judged.flatMap(({ node, why }) => (why === undefined ? [] : [{ nodeId: node.id, reason: why }])),
  };
}

function whyNot(node: TopologyNode, facts: CandidateFacts): string | undefined {
  const { view, id, address } = node;
  if (!view) return `${address} does not answer`;
  if (facts.stoppingIds.includes(id)) return `${address} is being stopped`;
  if (view.server.loading || view.server.asyncLoading) return `${address} is loading its data`;
  if (view.server.syncInProgress) return `${address} is receiving a full copy`;
  if (view.server.primaryLinkUp !== true) return `${address} has no link to its primary`;
  const lag = lagOf(node, facts);
  return lag > LAG_MAX_BYTES ? `${address} is ${lag} bytes behind (at most ${LAG_MAX_BYTES})` : undefined;
}

function lagOf(node: TopologyNode, { topology, primaryId, offsets }: CandidateFacts): number {
  const primary = topology.nodes.find((one) => one.id === primaryId);
  const offset = (one: TopologyNode | undefined): number | undefined =>
    one ? (offsets?.get(one.id) ?? one.view?.server.replicationOffset) : undefined;
  // A primary that does not answer tells no offset; its replicas are then compared by their own.
  return Math.max(0, (offset(primary) ?? 0) - (offset(node) ?? 0));
}

interface Ranked {
  readonly nodeId: string;
  readonly wanted: number;
  readonly onTarget: number;
  /** 1 when no other primary stands on its host, so that one host does not come to hold several votes. */
  readonly apart: number;
  readonly lagBytes: number;
  readonly reason: string;
}

function rank(node: TopologyNode, view: View, facts: CandidateFacts): Ranked {
  const { topology, primaryId, targetVersion, placementOf } = facts;
  const host = placementOf(node.id)?.host;
  const primaryHosts = topology.nodes
    .filter((one) => one.role === "primary" && one.slots.length > 0 && one.id !== primaryId)
    .map((one) => placementOf(one.id)?.host);
  const onTarget = targetVersion !== undefined && versionMatches(targetVersion, view.server.version);
  const apart = host !== undefined && !primaryHosts.includes(host);
  const lagBytes = lagOf(node, facts);
  const words = [`${view.server.engine} ${view.server.version}`, `${lagBytes} bytes behind`];
  if (onTarget) words.push("on the target version");
  if (apart) words.push("on a host without another primary");
  const wanted = Number(node.id === facts.preferredId);
  const reason = words.join(", ");
  return { nodeId: node.id, wanted, onTarget: Number(onTarget), apart: Number(apart), lagBytes, reason };
}
