import type { PeerFact, RepairAction, RepairFacts } from "./repair.js";
import type { NodeEntry, Placement } from "./types.js";

/** A shard that may take a replica. */
interface Seat {
  readonly primary: PeerFact;
  replicas: number;
}

interface Newcomer {
  readonly pod: string;
  readonly placement: Placement;
}

/**
 * An empty primary without slots in a cluster whose slots others own came back with nothing: it joins the shard that lacks
 * replicas most. Several such nodes reckon alike, one after the other, so that they do not all choose the same shard.
 */
export function planJoining(facts: RepairFacts, self: NodeEntry): RepairAction[] {
  const { view, peers, expected, placement } = facts;
  const empty =
    self.role === "primary" && view.role.role === "primary" && self.slots.length === 0 && view.server.keys === 0;
  if (!empty) return [];
  const named = findNamed(facts);
  if (named === "wait") return [];
  if (named !== undefined) return join(facts, named);
  const seats: Seat[] = peers
    .filter((peer) => peer.role === "primary" && peer.slots > 0)
    .map((primary) => ({
      primary,
      replicas: peers.filter((peer) => peer.role === "replica" && peer.primaryId === primary.nodeId).length,
    }));
  const newcomers: Newcomer[] = [
    { pod: placement.pod, placement },
    ...peers.filter((peer) => peer.role === "primary" && peer.slots === 0 && peer.keys === 0),
  ].toSorted((a, b) => a.pod.localeCompare(b.pod, "en", { numeric: true }));
  for (const newcomer of newcomers) {
    const seat = bestSeat(seats, newcomer.placement, expected.replicas);
    if (!seat) return [];
    if (newcomer.pod === placement.pod) return join(facts, seat);
    seat.replicas += 1;
  }
  return [];
}

/**
 * The shard of the pod that this one was made for, also when another pod serves it by now. A pod that merely does not answer is
 * waited for; one that is gone for good, which shows when all others answer, names no shard any more.
 */
function findNamed({ follow, peers, expected }: RepairFacts): Seat | "wait" | undefined {
  if (follow === undefined) return undefined;
  const pod = peers.find((peer) => peer.pod === follow);
  const primary = pod?.role === "replica" ? peers.find((peer) => peer.nodeId === pod.primaryId) : pod;
  if (primary?.role === "primary" && primary.slots > 0) {
    const replicas = peers.filter((peer) => peer.role === "replica" && peer.primaryId === primary.nodeId).length;
    return { primary, replicas };
  }
  const allAnswer = peers.length + 1 >= (expected.pods ?? expected.shards * (1 + expected.replicas));
  return pod === undefined && allAnswer ? undefined : "wait";
}

/** Fewest replicas first, then another host, then another zone. */
function bestSeat(seats: readonly Seat[], placement: Placement, wanted: number): Seat | undefined {
  const apart = (seat: Seat): number =>
    Number(seat.primary.placement.host === placement.host) * 2 + Number(seat.primary.placement.zone === placement.zone);
  return seats
    .filter((seat) => seat.replicas < wanted)
    .toSorted(
      (a, b) => a.replicas - b.replicas || apart(a) - apart(b) || a.primary.nodeId.localeCompare(b.primary.nodeId),
    )[0];
}

/** REPLICATE needs the primary in the table by its id: it waits for the introduction. */
function join({ view, expected, follow }: RepairFacts, { primary, replicas }: Seat): RepairAction[] {
  const known = view.nodes.some((node) => node.id === primary.nodeId && !node.handshake && node.linkConnected);
  if (!known) return [];
  const reason =
    follow === undefined
      ? `this node is empty, and ${primary.pod} has ${replicas} of ${expected.replicas} replicas`
      : `this node is empty, and is to follow the shard of ${follow}`;
  return [{ kind: "replicate", primaryId: primary.nodeId, reason }];
}
