import { formatPlace } from "../format-node.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** `CLUSTER INFO` of every node, and the number of nodes. */
export function checkClusterState({ topology, expected }: Observed): CheckResult[] {
  const { views, shards } = topology;
  const states = views
    .filter((view) => view.cluster.state !== "ok" || view.cluster.slotsFail > 0 || view.cluster.slotsPfail > 0)
    .map((view): Fault => {
      const { state, slotsOk, slotsPfail, slotsFail } = view.cluster;
      return {
        subject: formatPlace(view),
        evidence: `${formatPlace(view)}: cluster_state:${state}, slots ok ${slotsOk}, pfail ${slotsPfail}, fail ${slotsFail}`,
      };
    });
  return [
    {
      id: "cluster.state",
      severity: "block",
      faults: views.length === 0 ? [{ evidence: "no node answers" }] : states,
      evidence: `cluster_state:ok for ${views.length} of ${views.length} nodes`,
      advice:
        "find the node or the slots that have failed (findings node.failed and slots.covered) and bring them back first",
    },
    ...(expected
      ? [countNodes(topology.nodes.length, shards.filter((shard) => shard.slots.length > 0).length, expected)]
      : []),
  ];
}

function countNodes(nodes: number, shards: number, expected: NonNullable<Observed["expected"]>): CheckResult {
  const total = expected.nodes ?? expected.shards * (1 + expected.replicas);
  const faults: Fault[] = [];
  if (nodes !== total) faults.push({ evidence: `the cluster knows ${nodes} nodes; ${total} are expected` });
  if (shards !== expected.shards)
    faults.push({ evidence: `${shards} primaries own slots; ${expected.shards} are expected` });
  return {
    id: "cluster.size",
    severity: "block",
    faults,
    evidence: `${nodes} nodes, ${shards} shards`,
    advice: "wait until missing pods have joined; forget nodes that are gone for good",
  };
}
