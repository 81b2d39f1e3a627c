import { versionMatches } from "../../cluster/engines.js";
import type { ServerInfo, Topology, TopologyNode } from "../../cluster/types.js";
import type { Pod, PodTemplate } from "../../ports/platform.js";
import type { Look } from "../wait-until.js";

/** What a server says of itself is what a template asks for; that may be short: `8.0` asks for any 8.0.x. */
export function runsTemplate(server: Pick<ServerInfo, "engine" | "version">, template: PodTemplate): boolean {
  return server.engine === template.engine && versionMatches(template.version, server.version);
}

const not = (reason: string): Look<true> => ({ reached: false, reason });

const nodeOf = (topology: Topology, pod: Pod): TopologyNode | undefined =>
  topology.nodes.find((one) => one.address === pod.address && one.port === pod.port);

/** The pod's node follows a primary and is connected to it. */
function following(node: TopologyNode | undefined, pod: Pod): Look<true> {
  if (!node?.view) return not(`no node answers at ${pod.address}:${pod.port}`);
  if (node.role !== "replica" || node.slots.length > 0) return not(`${pod.name} is a primary`);
  if (node.view.server.primaryLinkUp !== true) return not(`${pod.name}: link to its primary is down`);
  return { reached: true, value: true };
}

/**
 * The pod's node is a replica in step, and every view agrees on everything.
 * @param target when given, the version that its server must run
 */
export function settledReplica(topology: Topology, pod: Pod, target?: PodTemplate): Look<true> {
  const node = nodeOf(topology, pod);
  if (topology.unreachable[0]) return not(topology.unreachable[0].reason);
  if (target && node?.view && !runsTemplate(node.view.server, target))
    return not(`${pod.name} still runs ${node.view.server.version}`);
  const follows = following(node, pod);
  if (!follows.reached) return follows;
  if (topology.disagreements[0]) return not(topology.disagreements[0].message);
  return { reached: true, value: true };
}

/** Kinds of disagreement that say something of who serves what. */
const OWNERSHIP: ReadonlySet<string> = new Set(["role", "primary", "slots", "epoch"]);

/** The pod's slots are with another node, for every view that answers. Nodes of other shards have no say in it. */
export function handedOver(topology: Topology, pod: Pod): Look<true> {
  const node = nodeOf(topology, pod);
  const follows = following(node, pod);
  if (!follows.reached) return follows;
  const open = topology.disagreements.find(
    ({ kind, about }) => OWNERSHIP.has(kind) && (about === node?.id || about === node?.primaryId),
  );
  return open ? not(open.message) : { reached: true, value: true };
}

/** The cluster's own count of elections. */
export function electionEpoch(topology: Topology): number {
  return Math.max(0, ...topology.views.map((view) => view.cluster.currentEpoch));
}
