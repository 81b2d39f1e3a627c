import type { Topology, TopologyNode } from "./types.js";

/**
 * The nodes that count: all but those that did not answer and that every view which was had calls failed. A node that died
 * elsewhere must not stop what the living ones can do.
 */
export function livingNodes({ nodes, views }: Topology): TopologyNode[] {
  return nodes.filter((node) => {
    if (node.view) return true;
    const said = views.flatMap((view) => view.nodes.filter((entry) => entry.id === node.id));
    return !said.every((entry) => entry.failed || entry.noAddress);
  });
}
