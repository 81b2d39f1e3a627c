import { planForgetting } from "./repair-forget.js";
import { planJoining } from "./repair-join.js";
import { formatPlace, shortId } from "./format-node.js";
import type { NodeEntry, Placement, Role, View } from "./types.js";

/** What the agent of another pod of the same cluster says of its server. */
export interface PeerFact {
  readonly pod: string;
  readonly nodeId: string;
  /** Present address, as announced. */
  readonly address: string;
  readonly port: number;
  readonly role: Role;
  readonly primaryId?: string;
  /** Number of slots it owns. */
  readonly slots: number;
  readonly keys: number;
  readonly placement: Placement;
}

export interface RepairFacts {
  /** What this node's own server says. */
  readonly view: View;
  /** The address that this node is to be known by. */
  readonly announced: { readonly address: string; readonly port: number };
  readonly placement: Placement;
  /** Peers of this cluster that answered, without this node; never those of another cluster. */
  readonly peers: readonly PeerFact[];
  readonly expected: {
    readonly shards: number;
    readonly replicas: number;
    /** Where pods were added or removed since the cluster was made. */
    readonly pods?: number;
  };
  /** Pod of the shard that this node joins when it is empty. */
  readonly follow?: string;
}

export type RepairAction =
  | {
      readonly kind: "meet";
      readonly address: string;
      readonly port: number;
      readonly nodeId: string;
      readonly reason: string;
    }
  | { readonly kind: "replicate"; readonly primaryId: string; readonly reason: string }
  | { readonly kind: "forget"; readonly nodeId: string; readonly reason: string };

/**
 * What this one node has to do about itself: addresses that are no longer true, a primary that is not where it follows it, a
 * data volume that was lost, nodes that are gone for good. Nothing when all is well.
 */
export function planRepair(facts: RepairFacts): RepairAction[] {
  const self = facts.view.nodes.find((node) => node.self);
  if (!self) return [];
  return [
    ...meetSelf(facts, self),
    ...meetPeers(facts),
    ...followPrimary(facts, self),
    ...planJoining(facts, self),
    ...planForgetting(facts, self),
  ];
}

/** A handshake with this address is under way: asking again would only start another. */
function isGreeting(view: View, { address, port }: { readonly address: string; readonly port: number }): boolean {
  return view.nodes.some((node) => node.handshake && node.address === address && node.port === port);
}

/**
 * A node corrects its own address only when it receives a MEET at the new one; one that it sends to itself does (seen with
 * Redis 7.0: the handshake ends with "we already know node").
 */
function meetSelf({ view, announced, peers }: RepairFacts, self: NodeEntry): RepairAction[] {
  const right = self.address === announced.address && self.port === announced.port;
  if (self.address === "" || right || peers.length === 0 || isGreeting(view, announced)) return [];
  const reason = `this node still calls itself ${formatPlace(self)}; it is at ${formatPlace(announced)}`;
  return [{ kind: "meet", ...announced, nodeId: self.id, reason }];
}

function meetPeers({ view, peers }: RepairFacts): RepairAction[] {
  return peers.flatMap((peer): RepairAction[] => {
    const reason = whyMeet(view, peer);
    if (reason === undefined || isGreeting(view, peer)) return [];
    return [{ kind: "meet", address: peer.address, port: peer.port, nodeId: peer.nodeId, reason }];
  });
}

function whyMeet(view: View, peer: PeerFact): string | undefined {
  const entry = view.nodes.find((node) => node.id === peer.nodeId);
  if (!entry) return `${peer.pod} (${shortId(peer.nodeId)}) is not known`;
  if (entry.noAddress || entry.address === "") return `${peer.pod} is known without an address`;
  if (entry.address !== peer.address || entry.port !== peer.port)
    return `${peer.pod} is known at ${formatPlace(entry)}; it is at ${formatPlace(peer)}`;
  return undefined;
}

/**
 * Engines correct the address of a node in their table, and up to Redis 8.0 leave replication with the old one: the replica
 * then follows an address where nobody is, while every view looks right.
 */
function followPrimary({ view, peers }: RepairFacts, self: NodeEntry): RepairAction[] {
  if (self.role !== "replica" || view.role.role !== "replica") return [];
  const primary = peers.find((peer) => peer.nodeId === self.primaryId);
  if (!primary) return [];
  if (primary.role === "replica") return followThrough({ view, peers, self, primary });
  const entry = view.nodes.find((node) => node.id === primary.nodeId);
  // REPLICATE takes the address from the table: before a MEET has corrected it, it would repeat the fault.
  if (entry?.address !== primary.address || entry.port !== primary.port) return [];
  const { primaryAddress, primaryPort } = view.role;
  if (primaryAddress === primary.address && primaryPort === primary.port) return [];
  // A host name may stand where the address is expected; it is judged by whether the link is up.
  if (entry.hostname === primaryAddress && view.server.primaryLinkUp === true) return [];
  const followed = formatPlace({ address: primaryAddress, port: primaryPort });
  return [
    {
      kind: "replicate",
      primaryId: primary.nodeId,
      reason: `it follows ${followed}; ${primary.pod} is at ${formatPlace(primary)}`,
    },
  ];
}

function followThrough(options: {
  view: View;
  peers: readonly PeerFact[];
  self: NodeEntry;
  primary: PeerFact;
}): RepairAction[] {
  const { view, peers, self, primary } = options;
  const head = peers.find((peer) => peer.nodeId === primary.primaryId && peer.role === "primary");
  const known = head && view.nodes.some((node) => node.id === head.nodeId && !node.handshake);
  if (!head || !known || head.nodeId === self.id) return [];
  return [
    { kind: "replicate", primaryId: head.nodeId, reason: `its primary ${primary.pod} became a replica of ${head.pod}` },
  ];
}
