import { formatPlace, shortId } from "./format-node.js";
import type { FormationNode } from "./formation.js";
import type { FormationPlan } from "./plan-formation.js";
import { formatSlots, sameSlots, subtractSlots } from "./slots.js";
import type { NodeEntry, SlotRange } from "./types.js";

/**
 * Why these nodes must not be made one cluster: one of them is neither virgin nor a part of this very plan.
 * @returns a sentence that names the node, or undefined when nothing is in the way
 */
export function findConflict(plan: FormationPlan, nodes: readonly FormationNode[]): string | undefined {
  const ids = new Set(nodes.map((node) => node.nodeId));
  if (ids.size < nodes.length) return `two of the addresses ${nodes.map(formatPlace).join(", ")} lead to the same node`;
  for (const node of nodes) {
    const why = foreign(plan, node, ids);
    if (why !== undefined) return `${nameOf(node)} ${why}`;
  }
  // Whoever serves a range is planned for it.
  const misplaced = nodes.find(
    (node) => ownEntry(node)?.role === "replica" && plan.primaries.some(({ ordinal }) => ordinal === node.ordinal),
  );
  return misplaced && `${nameOf(misplaced)} is a replica, though it is to serve slots that nobody serves`;
}

const nameOf = (node: FormationNode): string =>
  `${formatPlace(node)} (ordinal ${node.ordinal}, node ${shortId(node.nodeId)})`;

const ownEntry = (node: FormationNode): NodeEntry | undefined => node.view.nodes.find((entry) => entry.self);

function foreign(plan: FormationPlan, node: FormationNode, ids: ReadonlySet<string>): string | undefined {
  const others = node.view.nodes.filter((entry) => !entry.self && !entry.handshake);
  const stranger = others.find((entry) => !ids.has(entry.id));
  if (stranger)
    return `knows node ${shortId(stranger.id)} at ${formatPlace(stranger)}, which is none of the expected pods`;
  const self = ownEntry(node);
  if (!self) return undefined;
  const slots = foreignSlots(plan, node, self);
  if (slots.length > 0) return `owns slots ${formatSlots(slots)}, which are not planned for it`;
  if (self.primaryId !== undefined && !ids.has(self.primaryId))
    return `follows ${shortId(self.primaryId)}, which is none of the expected pods`;
  if (node.keys > 0 && !isOwnData(plan, self, others))
    return `holds ${node.keys} keys, and is no part of this cluster yet`;
  return undefined;
}

/** Slots that the plan gives to another node. While the news of an election spreads, two nodes may call a whole range theirs. */
function foreignSlots(plan: FormationPlan, node: FormationNode, self: NodeEntry): readonly SlotRange[] {
  const planned = plan.primaries.find((primary) => primary.ordinal === node.ordinal);
  const rest = planned ? subtractSlots(self.slots, [planned.slots]) : self.slots;
  const elected = plan.primaries.some((primary) => sameSlots([primary.slots], rest)) && node.view.nodes.length > 1;
  return elected ? [] : rest;
}

/**
 * Clients may write as soon as the slots are served, before the last replica is attached. Such keys lie on a node that is
 * joined to the others already, and serves a planned range or follows who does.
 */
function isOwnData(plan: FormationPlan, self: NodeEntry, others: readonly NodeEntry[]): boolean {
  if (others.length === 0) return false;
  return self.primaryId !== undefined || plan.primaries.some((primary) => sameSlots([primary.slots], self.slots));
}
