import { formatPlace, shortId } from "./format-node.js";
import type { RepairAction, RepairFacts } from "./repair.js";
import type { NodeEntry } from "./types.js";

/**
 * Nodes in this view that no pod is any more, for example the former id of a pod that lost its volume. Only when every
 * expected pod has answered: a pod that is merely late must not be forgotten.
 */
export function planForgetting({ view, announced, peers, expected }: RepairFacts, self: NodeEntry): RepairAction[] {
  if (peers.length + 1 < (expected.pods ?? expected.shards * (1 + expected.replicas))) return [];
  const alive = new Set([self.id, ...peers.map((peer) => peer.nodeId)]);
  const holders = new Map([
    ...peers.map((peer) => [formatPlace(peer), peer.pod] as const),
    [formatPlace(announced), "this node"] as const,
  ]);
  return view.nodes.flatMap((entry): RepairAction[] => {
    // An engine refuses to forget its own primary, and a node with slots has to be dealt with by a person.
    const kept = alive.has(entry.id) || entry.handshake || entry.slots.length > 0 || entry.id === self.primaryId;
    const why = kept ? undefined : whyGone(entry, holders);
    return why === undefined
      ? []
      : [{ kind: "forget", nodeId: entry.id, reason: `${shortId(entry.id)} is no pod of this cluster and ${why}` }];
  });
}

function whyGone(entry: NodeEntry, holders: ReadonlyMap<string, string>): string | undefined {
  if (entry.failed) return "has failed";
  if (entry.noAddress) return "has no address";
  const holder = holders.get(formatPlace(entry));
  return holder === undefined ? undefined : `its address ${formatPlace(entry)} is that of ${holder} now`;
}
