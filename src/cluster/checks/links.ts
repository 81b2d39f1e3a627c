import { formatPlace } from "../format-node.js";
import type { NodeEntry, View } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** Every node has a bus link to and from every other. Replication can look healthy while votes are lost for want of one. */
export function checkBusLinks({ topology, policy }: Observed): CheckResult[] {
  const pairs = topology.views.reduce((sum, view) => sum + view.nodes.length - 1, 0);
  return [
    {
      id: "link.bus",
      severity: "block",
      faults: topology.views.flatMap((view) =>
        view.nodes.filter((node) => !node.self && !node.failed).flatMap((node) => missing(view, node)),
      ),
      evidence: `${pairs} of ${pairs} bus links are up`,
      advice:
        "look at the network between both nodes, and whether the bus port (server port + 10000) is open both ways",
    },
    {
      id: "link.buffer",
      severity: "warn",
      faults: topology.views.flatMap((view) =>
        view.links
          .filter((link) => link.sendBufferBytes > policy.busBufferMaxBytes)
          .map((link): Fault => ({
            subject: formatPlace(view),
            evidence: `${link.sendBufferBytes} bytes wait in the bus link of ${formatPlace(view)} with ${link.nodeId}`,
          })),
      ),
      evidence: "no bus link lags behind",
      advice: "look whether the other node is overloaded or the network is slow",
    },
  ];
}

function missing(view: View, node: NodeEntry): Fault[] {
  const subject = formatPlace(view);
  if (!node.linkConnected) return [{ subject, evidence: `${subject} has no bus link to ${formatPlace(node)}` }];
  // Engines older than 7.0 have no CLUSTER LINKS.
  const incoming =
    view.links.length === 0 || view.links.some((link) => link.direction === "from" && link.nodeId === node.id);
  return incoming ? [] : [{ subject, evidence: `${subject} has no bus link from ${formatPlace(node)}` }];
}
