import { comparePlaces } from "./compare-places.js";
import { findDisagreements } from "./disagreements.js";
import { mergeSlotMaps } from "./merge-slot-maps.js";
import { countSlots, slotSignature } from "./slots.js";
import type { NodeEntry, Shard, Topology, TopologyNode, Unreachable, View } from "./types.js";

/**
 * Combines what several nodes say into one picture. A node's own view decides about its role and its primary; slots belong to
 * whoever claims them with the highest config epoch; every difference between views is named.
 * @param unreachable nodes that were asked and did not answer
 */
export function combineViews(views: readonly View[], unreachable: readonly Unreachable[]): Topology {
  const slots = mergeSlotMaps(views);
  const nodes = knownIds(views)
    .map((id) => combineNode(id, views, slots.get(id) ?? []))
    .toSorted(byPlace);
  const shards = groupShards(nodes);
  const primaries = new Set(shards.map((shard) => shard.primary.id));
  const owners = nodes.filter((node) => node.slots.length > 0);
  return {
    nodes,
    shards,
    strays: nodes.filter((node) => node.role === "replica" && !primaries.has(node.primaryId ?? "")),
    views,
    unreachable,
    disagreements: findDisagreements(views),
    slotSignature: slotSignature(owners),
    slotsCovered: owners.reduce((sum, node) => sum + countSlots(node.slots), 0),
  };
}

/** Ids in any view; a node in handshake has an id that is made up until it has answered. */
function knownIds(views: readonly View[]): string[] {
  return [
    ...new Set(
      views.flatMap((view) => view.nodes.filter((node) => !node.handshake || node.self).map((node) => node.id)),
    ),
  ];
}

function combineNode(id: string, views: readonly View[], slots: TopologyNode["slots"]): TopologyNode {
  const view = views.find((one) => one.nodeId === id);
  const entry = ownEntry(view) ?? newestEntry(id, views);
  return {
    id,
    // It answered at the address where we asked; what others remember may be older.
    address: view?.address ?? entry.address,
    port: view?.port ?? entry.port,
    role: entry.role,
    ...(entry.primaryId === undefined ? {} : { primaryId: entry.primaryId }),
    configEpoch: entry.configEpoch,
    slots,
    ...(view ? { view } : {}),
  };
}

function ownEntry(view: View | undefined): NodeEntry | undefined {
  return view?.nodes.find((node) => node.self);
}

/** What is said of a node that did not answer itself: the newest, and of equally new ones that of a view which has an address. */
function newestEntry(id: string, views: readonly View[]): NodeEntry {
  const entries = views.flatMap((view) => view.nodes.filter((node) => node.id === id));
  const [newest] = entries.toSorted(
    (a, b) => b.configEpoch - a.configEpoch || Number(b.address !== "") - Number(a.address !== ""),
  );
  if (!newest) throw new RangeError(`no view knows ${id}`);
  return newest;
}

/** A primary without slots and without replicas is no shard: one that is new, or was voted out and is gone. */
function groupShards(nodes: readonly TopologyNode[]): Shard[] {
  return nodes
    .filter((node) => node.role === "primary")
    .map((primary) => ({
      primary,
      replicas: nodes.filter((node) => node.role === "replica" && node.primaryId === primary.id),
      slots: primary.slots,
    }))
    .filter((shard) => shard.slots.length > 0 || shard.replicas.length > 0)
    .toSorted(
      (a, b) => (a.slots[0]?.start ?? Infinity) - (b.slots[0]?.start ?? Infinity) || byPlace(a.primary, b.primary),
    );
}

function byPlace(a: TopologyNode, b: TopologyNode): number {
  return comparePlaces(a, b) || (a.id < b.id ? -1 : 1);
}
