import type { Topology } from "../../cluster/types.js";
import type { Pod, PodTemplate } from "../../ports/platform.js";
import type { Look } from "../wait-until.js";

const not = (reason: string): Look<true> => ({ reached: false, reason });

/**
 * The pod's node is a replica in step, and every view agrees on everything.
 * @param target when given, the version that its server must run
 */
export function settledReplica(topology: Topology, pod: Pod, target?: PodTemplate): Look<true> {
  const node = topology.nodes.find((one) => one.address === pod.address && one.port === pod.port);
  if (topology.unreachable[0]) return not(topology.unreachable[0].reason);
  if (!node?.view) return not(`no node answers at ${pod.address}:${pod.port}`);
  if (target && node.view.server.version !== target.version)
    return not(`${pod.name} still runs ${node.view.server.version}`);
  if (node.role !== "replica" || node.slots.length > 0) return not(`${pod.name} is a primary`);
  if (node.view.server.primaryLinkUp !== true) return not(`${pod.name}: link to its primary is down`);
  if (topology.disagreements[0]) return not(topology.disagreements[0].message);
  return { reached: true, value: true };
}

/** The cluster's own count of elections. */
export function electionEpoch(topology: Topology): number {
  return Math.max(0, ...topology.views.map((view) => view.cluster.currentEpoch));
}
