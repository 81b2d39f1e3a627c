import { comparePlaces } from "../cluster/compare-places.js";
import { combineViews } from "../cluster/topology.js";
import type { Topology, Unreachable, View } from "../cluster/types.js";
import { isEvenkeelError } from "../errors/evenkeel-error.js";
import type { ConnectOptions } from "./connect-node.js";
import { observeNode } from "./observe-node.js";

function toUnreachable(node: ConnectOptions, error: unknown): Unreachable {
  const kind = isEvenkeelError(error) ? (error.details["kind"] as Unreachable["kind"] | undefined) : undefined;
  return {
    address: node.address,
    port: node.port,
    kind: kind ?? "error",
    reason: error instanceof Error ? error.message : String(error),
  };
}

/** Asks every node at once and combines what they say. Nodes that do not answer are named in `unreachable`. */
export async function observeAll(nodes: readonly ConnectOptions[]): Promise<Topology> {
  const views: View[] = [];
  const missing: Unreachable[] = [];
  await Promise.all(
    nodes.map(async (node) => {
      try {
        views.push(await observeNode(node));
      } catch (error) {
        missing.push(toUnreachable(node, error));
      }
    }),
  );
  views.sort(comparePlaces);
  return combineViews(views, missing);
}
