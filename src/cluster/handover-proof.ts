import { unless } from "./conditions.js";
import { formatPlace } from "./format-node.js";
import { livingNodes } from "./living-nodes.js";
import { formatSlots, sameSlots, slotSignature } from "./slots.js";
import type { Condition, NodeEntry, SlotRange, Topology, TopologyNode, View } from "./types.js";

export interface HandoverProofFacts {
  readonly topology: Topology;
  /** The node that gave its slots away. */
  readonly from: string;
  /** The node that received them. */
  readonly to: string;
  /** The slots that `from` owned before. */
  readonly slots: readonly SlotRange[];
}

/** What must hold after a hand-over, since the engine's OK says only that it will try. */
export function handoverProof(facts: HandoverProofFacts): Condition[] {
  const { topology, from, to } = facts;
  const former = topology.nodes.find((node) => node.id === from);
  const receiver = topology.nodes.find((node) => node.id === to);
  if (!former?.view || !receiver?.view) {
    const silent = [...(former?.view ? [] : ["the former primary"]), ...(receiver?.view ? [] : ["the new primary"])];
    return [{ name: "answers", holds: false, reason: `${silent.join(" and ")} does not answer` }];
  }
  const failed = topology.views
    .filter((view) => view.cluster.state !== "ok")
    .map((view) => `cluster_state:${view.cluster.state} at ${formatPlace(view)}`);
  return [
    ...roleConditions(former.view, receiver),
    ...viewConditions(facts),
    epochCondition(topology, receiver),
    unless(
      "former.link",
      former.view.server.primaryLinkUp === true ? [] : ["the former primary has no replication link yet"],
      "up",
    ),
    unless("cluster.state", failed, "ok in every view"),
  ];
}

function roleConditions(former: View, receiver: TopologyNode): Condition[] {
  const newRole = receiver.view?.role.role;
  const follows =
    former.role.role === "replica"
      ? `a replica of ${formatPlace({ address: former.role.primaryAddress, port: former.role.primaryPort })}, ${former.role.state}`
      : "a primary";
  const right =
    former.role.role === "replica" &&
    former.role.state === "connected" &&
    former.role.primaryPort === receiver.port &&
    isPlaceOf(receiver, former.role.primaryAddress, former);
  return [
    unless(
      "role.new",
      newRole === "primary" ? [] : [`ROLE of ${formatPlace(receiver)} says ${newRole}`],
      `${formatPlace(receiver)} is a primary`,
    ),
    unless("role.former", right ? [] : [`ROLE of the former primary says ${follows}`], follows),
  ];
}

/** A replica follows the address that its own table holds, or the host name where the engine prefers names. */
function isPlaceOf(receiver: TopologyNode, address: string, seenBy: View): boolean {
  const entry = seenBy.nodes.find((node) => node.id === receiver.id);
  return [receiver.address, entry?.address, entry?.hostname].includes(address);
}

function viewConditions({ topology, from, to, slots }: HandoverProofFacts): Condition[] {
  const silent = livingNodes(topology).filter((node) => !node.view);
  const wrong = topology.views.flatMap((view) => wrongRoles(view, from, to));
  const signatures = new Map(
    topology.views.map((view) => [
      slotSignature(view.nodes.filter((node) => node.slots.length > 0)),
      formatPlace(view),
    ]),
  );
  const owned = topology.views.flatMap((view) => {
    const has = view.nodes.find((node) => node.id === to)?.slots ?? [];
    return sameSlots(has, slots) ? [] : [`${formatSlots(has)} for ${formatPlace(view)}, not ${formatSlots(slots)}`];
  });
  return [
    unless(
      "views.all",
      silent.map((node) => `${formatPlace(node)} was not heard`),
      `${topology.views.length} nodes answered`,
    ),
    unless("views.roles", wrong, "equal in every view"),
    unless("views.slots", owned, `${formatSlots(slots)} in every view`),
    unless(
      "views.map",
      signatures.size > 1 ? [`${signatures.size} different slot maps: ${[...signatures.values()].join(", ")}`] : [],
      "one slot map",
    ),
  ];
}

function wrongRoles(view: View, from: string, to: string): string[] {
  const entry = (id: string): NodeEntry | undefined => view.nodes.find((node) => node.id === id);
  const former = entry(from);
  return [
    ...(entry(to)?.role === "primary" ? [] : ["the new one is no primary"]),
    ...(former?.role === "replica" && former.primaryId === to ? [] : ["the former one is no replica of the new one"]),
    ...([from, to].some((id) => entry(id)?.failed || entry(id)?.suspected) ? ["one of both is called failed"] : []),
  ].map((what) => `${what} for ${formatPlace(view)}`);
}

function epochCondition({ nodes, views }: Topology, receiver: TopologyNode): Condition {
  const others = nodes.filter((node) => node.role === "primary" && node.id !== receiver.id && node.slots.length > 0);
  const higher = others
    .filter((node) => node.configEpoch >= receiver.configEpoch)
    .map((node) => `${formatPlace(node)} has epoch ${node.configEpoch}, the new primary ${receiver.configEpoch}`);
  const stale = views.flatMap((view) => {
    const epoch = view.nodes.find((node) => node.id === receiver.id)?.configEpoch;
    return epoch === receiver.configEpoch
      ? []
      : [`${formatPlace(view)} knows epoch ${epoch ?? "none"}, the new primary has ${receiver.configEpoch}`];
  });
  return unless("epoch", [...higher, ...stale], `${receiver.configEpoch}, the highest, and no other primary has it`);
}
