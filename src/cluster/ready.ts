import { LAG_MAX_BYTES } from "./constants.js";
import { unless } from "./conditions.js";
import { formatPlace } from "./format-node.js";
import type { Condition, View } from "./types.js";

/** How a peer's server sees a node: a line of its table with the state of its bus links in both directions. */
export interface PeerSight {
  readonly address: string;
  readonly port: number;
  readonly failed: boolean;
  readonly suspected: boolean;
  readonly handshake: boolean;
  readonly linkTo: boolean;
  readonly linkFrom: boolean;
}

export interface ReadyPeer {
  readonly pod: string;
  readonly nodeId: string;
  /** A majority of the agents holds it alive; the others do not count. */
  readonly aliveByMajority: boolean;
  /** How it sees this node; undefined when it does not know it. */
  readonly seesMe?: PeerSight;
}

export interface ReadyFacts {
  readonly view: View;
  /** The address that this node is to be known by. */
  readonly announced: { readonly address: string; readonly port: number };
  /** The cluster was seen whole once. */
  readonly formed: boolean;
  readonly peers: readonly ReadyPeer[];
  /** Pods that have seen this node with both links up before: it does not fall back because of them. */
  readonly reachedBefore: ReadonlySet<string>;
  /** The primary's offset, when this node is a replica and it is known. */
  readonly primaryOffset?: number;
}

/**
 * Whether a pod may be called ready: its data is loaded, a replica is in step, and every living peer reaches it at its present
 * address. The state of the whole cluster does not count: one broken shard must not take all pods out of service.
 */
export function readyConditions(facts: ReadyFacts): Condition[] {
  const { view, formed, announced } = facts;
  const { loading, asyncLoading } = view.server;
  const self = view.nodes.find((node) => node.self);
  const loads = [...(loading ? ["loading:1"] : []), ...(asyncLoading ? ["async_loading:1"] : [])];
  return [
    unless("loaded", loads, "loading:0"),
    unless("formed", formed ? [] : ["the cluster is not formed yet"], "this node has seen the cluster whole"),
    unless(
      "address",
      self && self.address !== "" && formatPlace(self) !== formatPlace(announced)
        ? [`it calls itself ${formatPlace(self)}; it is at ${formatPlace(announced)}`]
        : [],
      `known as ${formatPlace(announced)}`,
    ),
    ...replicaConditions(facts),
    ...peerConditions(facts),
  ];
}

function replicaConditions({ view, primaryOffset }: ReadyFacts): Condition[] {
  if (view.role.role !== "replica") return [];
  const { primaryLinkUp, syncInProgress, replicationOffset } = view.server;
  const followed = formatPlace({ address: view.role.primaryAddress, port: view.role.primaryPort });
  const link = unless(
    "replica.link",
    primaryLinkUp === true && syncInProgress !== true
      ? []
      : [`the link to ${followed} is ${syncInProgress ? "in sync" : "down"}`],
    `follows ${followed}`,
  );
  if (primaryOffset === undefined) return [link];
  const lag = Math.max(0, primaryOffset - replicationOffset);
  return [
    link,
    unless("replica.lag", lag > LAG_MAX_BYTES ? [`${lag} bytes behind ${followed}`] : [], `${lag} bytes behind`),
  ];
}

function peerConditions({ announced, formed, peers, reachedBefore }: ReadyFacts): Condition[] {
  if (!formed) return [];
  const counted = peers.filter((peer) => peer.aliveByMajority || reachedBefore.has(peer.pod));
  // Alone, a node cannot know that anybody reaches it.
  if (counted.length === 0)
    return [{ name: "peers", holds: false, reason: "no peer that a majority holds alive was heard" }];
  return counted
    .toSorted((a, b) => a.pod.localeCompare(b.pod, "en", { numeric: true }))
    .map((peer) => {
      const why = reachedBefore.has(peer.pod) ? undefined : whyUnreached(peer.seesMe, announced);
      return unless(
        `peer.${peer.pod}`,
        why === undefined ? [] : [why],
        reachedBefore.has(peer.pod) ? "reached this node before" : "sees this node, links up both ways",
      );
    });
}

function whyUnreached(
  sight: PeerSight | undefined,
  announced: { readonly address: string; readonly port: number },
): string | undefined {
  if (!sight || sight.handshake) return "does not know this node yet";
  if (formatPlace(sight) !== formatPlace(announced))
    return `knows this node at ${formatPlace(sight)}, not at ${formatPlace(announced)}`;
  if (sight.failed) return "holds this node for failed";
  if (sight.suspected) return "suspects this node";
  if (!sight.linkTo) return "has no link to this node";
  return sight.linkFrom ? undefined : "has no link from this node";
}
