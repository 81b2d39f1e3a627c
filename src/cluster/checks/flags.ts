import { formatPlace } from "../format-node.js";
import type { NodeEntry, View } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** The flags of `CLUSTER NODES`, from every view. */
export function checkFlags({ topology }: Observed): CheckResult[] {
  const { views } = topology;
  return [
    {
      id: "node.failed",
      severity: "block",
      faults: flagged(views, (node) => (node.failed ? "fail" : node.suspected ? "fail?" : undefined)),
      evidence: "no view flags a node fail or fail?",
      advice: "bring the node back, or forget it on every node when it is gone for good",
    },
    {
      id: "node.known",
      severity: "block",
      faults: flagged(views, (node) => (node.handshake ? "handshake" : node.noAddress ? "noaddr" : undefined)),
      evidence: "no node is in handshake or without an address",
      advice: "a handshake ends by itself after the node timeout; for noaddr let the node meet the others again",
    },
    {
      id: "node.nofailover",
      severity: "warn",
      faults: flagged(views, (node) => (node.noFailover ? "nofailover" : undefined)),
      evidence: "every replica may be elected",
      advice: "CONFIG SET cluster-replica-no-failover no",
    },
  ];
}

/** One fault a node and flag, with the views that say so. */
function flagged(views: readonly View[], flagOf: (node: NodeEntry) => string | undefined): Fault[] {
  const found = new Map<string, { subject: string; flag: string; by: string[] }>();
  for (const view of views) {
    for (const node of view.nodes) {
      const flag = flagOf(node);
      if (flag === undefined) continue;
      const subject = node.address === "" ? node.id : formatPlace(node);
      const seen = found.get(`${node.id} ${flag}`) ?? { subject, flag, by: [] };
      seen.by.push(formatPlace(view));
      found.set(`${node.id} ${flag}`, seen);
    }
  }
  return [...found.values()].map(({ subject, flag, by }) => ({
    subject,
    evidence: `${subject} is flagged ${flag} by ${by.join(", ")}`,
  }));
}
