import { AGENT_CONTROL_PORT } from "../cluster/constants.js";
import type { AgentConfig } from "./config.js";
import type { VolumeState } from "./prepare.js";
import type { AgentStatus } from "./status.js";

/** Whether a server may start on this volume now. */
export type StartDecision =
  | {
      readonly kind: "open";
      readonly moveAside: boolean;
      /** The cluster file still gives this node slots that others serve, and it has none of their data. */
      readonly withoutSlots?: true;
    }
  /** Wait and look again. */
  | { readonly kind: "hold"; readonly reason: string };

export interface StartFacts {
  readonly config: Pick<AgentConfig, "shards" | "replicas" | "engine" | "version" | "announceAddress" | "serverPort">;
  readonly volume: VolumeState;
  /** The server was not stopped on purpose, and the host has been started anew since. */
  readonly hostRestarted: boolean;
  readonly peers: readonly AgentStatus[];
  /** How long this start has been held. */
  readonly heldMs: number;
  /** A person has said that what the volume lacks is gone for good (`OPEN`). */
  readonly dataGivenUp: boolean;
}

/** A former primary on a host that was restarted waits this long at most for its replica to be elected. */
const HOST_RESTART_HOLD_MS = 60_000;

/**
 * Decides about one start of the server.
 * - Data that this engine cannot read is moved aside only when another living copy of the shard exists; the only copy is never touched.
 * - A primary whose data is gone must not serve its slots empty while a replica has the data: it waits until the replica was
 *   elected, or is known to have nothing. A replica that is down may have it: would it come back to an empty primary, it would
 *   empty itself. Only a person can know that it never will.
 * - A primary whose host went down without a stop may lack its last writes: a replica that lived on is preferred.
 */
export function decideStart(facts: StartFacts): StartDecision {
  const { volume, peers } = facts;
  const { self } = volume;
  if (self === undefined) return startVirgin(facts);
  if (self.role === "replica") return startReplica(facts, self.primaryId);
  if (self.slots.length === 0) return volume.unreadable === undefined ? open(false) : hold(onlyCopy(volume.unreadable));

  if (hasLostSlots(peers, self.id)) return startDeposed(volume);
  if (volume.unreadable !== undefined) return startUnreadable(facts, self.id, volume.unreadable);
  if (volume.empty) return startEmpty(facts, self.id);
  if (facts.hostRestarted) return startAfterHostRestart(facts, self.id);
  return open(false);
}

const open = (moveAside: boolean): StartDecision => ({ kind: "open", moveAside });
const hold = (reason: string): StartDecision => ({ kind: "hold", reason });

const onlyCopy = (unreadable: string): string =>
  `this engine cannot read the data, and no other living copy of the shard answers: ${unreadable}; start the former engine, or bring the other copy back`;

/** A dead replica may come back with the data: that it never will is for a person to say. */
const WAY_OUT = `bring one back, or give the data up: redis-cli -p ${AGENT_CONTROL_PORT} OPEN, inside this pod`;

const followersOf = ({ sees }: AgentStatus, primaryId: string): AgentStatus["sees"] =>
  sees.filter((sight) => sight.primaryId === primaryId);

const replicasOf = (peers: readonly AgentStatus[], primaryId: string): readonly AgentStatus[] =>
  peers.filter((peer) => peer.server?.role === "replica" && peer.server.primaryId === primaryId);

/**
 * Most of the others know this node without slots: a replica was elected. One that has just joined knows a dead node only by
 * gossip, which tells no slots.
 */
function hasLostSlots(peers: readonly AgentStatus[], selfId: string): boolean {
  const sights = peers.flatMap((peer) => peer.sees.filter((sight) => sight.nodeId === selfId && !sight.handshake));
  return sights.filter((sight) => sight.slots === 0).length * 2 > sights.length;
}

/**
 * A new node at the address of one that died a moment ago takes the address from it in every table. A node without an address
 * is never called failed, and without that its replica is never elected: the slots would stay unserved.
 */
function startVirgin({ config, peers, dataGivenUp }: StartFacts): StartDecision {
  if (!peers.some((peer) => peer.formed)) return open(false);
  const former = peers
    .flatMap((peer) => peer.sees)
    .find(
      (sight) => sight.address === config.announceAddress && sight.port === config.serverPort && sight.slots > 0,
    )?.nodeId;
  if (former === undefined) return open(false);
  const copies = replicasOf(peers, former);
  if (copies.length > 0) return hold(`the volume is new; waits until ${names(copies)} took over the slots`);
  if (dataGivenUp || peers.every((peer) => followersOf(peer, former).length === 0)) return open(false);
  return hold(`the volume is new, and no replica of its shard answers; ${WAY_OUT}`);
}

/** Without its data it would answer reads of its former slots with nothing, until the others tell it of the election. */
function startDeposed({ unreadable, empty }: VolumeState): StartDecision {
  const moveAside = unreadable !== undefined;
  return empty || moveAside ? { kind: "open", moveAside, withoutSlots: true } : open(false);
}

function startReplica({ volume, peers }: StartFacts, primaryId: string | undefined): StartDecision {
  if (volume.unreadable === undefined) return open(false);
  // The shard lives when a node serves its slots: the primary that this one followed, or whoever took over from it.
  const alive = peers.some(
    (peer) =>
      peer.server?.role === "primary" &&
      peer.server.slots > 0 &&
      (peer.server.nodeId === primaryId || sameShard(volume, peer)),
  );
  return alive ? open(true) : hold(onlyCopy(volume.unreadable));
}

/** True when the peer was in this node's shard when the cluster file was written. */
function sameShard(volume: VolumeState, peer: AgentStatus): boolean {
  const entry = volume.nodes.find((node) => node.id === peer.server?.nodeId);
  return entry !== undefined && entry.primaryId !== undefined && entry.primaryId === volume.self?.primaryId;
}

function startUnreadable({ peers }: StartFacts, selfId: string, unreadable: string): StartDecision {
  const copies = replicasOf(peers, selfId);
  if (copies.length === 0) return hold(onlyCopy(unreadable));
  return hold(`this engine cannot read the data; waits until ${names(copies)} took over the slots`);
}

function startEmpty({ config, peers, heldMs, dataGivenUp }: StartFacts, selfId: string): StartDecision {
  const copies = replicasOf(peers, selfId);
  const holders = copies.filter((peer) => (peer.server?.keys ?? 0) > 0);
  if (holders.length > 0) return hold(`the data is gone; waits until ${names(holders)} took over the slots`);
  // An agent at rest tells what its server said a second ago: only a look since this server died can call the copy empty.
  const unsure = copies.filter((peer) => (peer.server?.lookedAgoMs ?? Number.POSITIVE_INFINITY) >= heldMs);
  if (unsure.length > 0) return hold(`the data is gone; waits for a fresh word from ${names(unsure)}`);
  if (copies.length > 0) return open(false);
  if (config.replicas === 0 || dataGivenUp) return open(false);
  return hold(`the data is gone, and no replica of this shard answers; ${WAY_OUT}`);
}

function startAfterHostRestart({ config, peers, heldMs }: StartFacts, selfId: string): StartDecision {
  const copies = replicasOf(peers, selfId).filter((peer) => (peer.server?.keys ?? 0) > 0);
  const voters = peers.filter((peer) => peer.server?.role === "primary" && peer.server.slots > 0).length;
  const electable = voters >= Math.floor(config.shards / 2) + 1;
  if (copies.length === 0 || !electable || heldMs > HOST_RESTART_HOLD_MS) return open(false);
  return hold(`the host was restarted without a stop; waits until ${names(copies)} took over the slots`);
}

const names = (peers: readonly AgentStatus[]): string => peers.map((peer) => peer.pod).join(", ");
