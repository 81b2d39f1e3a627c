import { formatPlace } from "../format-node.js";
import type { TopologyNode } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** Config epochs decide who owns a slot: no two primaries may have the same, and a replica must know that of its primary. */
export function checkEpochs({ topology }: Observed): CheckResult[] {
  const primaries = topology.nodes.filter((node) => node.role === "primary" && node.slots.length > 0);
  return [
    {
      id: "epoch.unique",
      severity: "block",
      faults: duplicates(primaries),
      evidence: `epochs of the primaries: ${primaries.map((node) => node.configEpoch).join(", ")}`,
      advice: "wait: the engines settle it by themselves; if not, CLUSTER BUMPEPOCH on one of them",
    },
    {
      id: "epoch.replica",
      severity: "block",
      faults: topology.nodes.flatMap((node) => behindPrimary(node, topology.nodes)),
      evidence: "every replica knows the epoch of its primary",
      advice:
        "an election by this replica would be refused: let it meet its primary again (CLUSTER MEET), or restart it",
    },
  ];
}

function duplicates(primaries: readonly TopologyNode[]): Fault[] {
  return primaries.flatMap((node, index) => {
    const twin = primaries.slice(0, index).find((other) => other.configEpoch === node.configEpoch);
    return twin
      ? [
          {
            subject: formatPlace(node),
            evidence: `${formatPlace(twin)} and ${formatPlace(node)} both have epoch ${node.configEpoch}`,
          },
        ]
      : [];
  });
}

/** A replica shows in its own line, and as its own epoch in `CLUSTER INFO`, the epoch that it knows of its primary. */
function behindPrimary(node: TopologyNode, nodes: readonly TopologyNode[]): Fault[] {
  if (node.role !== "replica") return [];
  const primary = nodes.find((other) => other.id === node.primaryId);
  if (!primary) return [];
  const shown = Math.min(node.configEpoch, node.view?.cluster.myEpoch ?? node.configEpoch);
  if (shown >= primary.configEpoch) return [];
  return [
    {
      subject: formatPlace(node),
      evidence: `${formatPlace(node)} shows epoch ${shown}; its primary ${formatPlace(primary)} has ${primary.configEpoch}`,
    },
  ];
}
