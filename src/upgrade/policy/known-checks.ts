import { DEFAULT_POLICY, runChecks } from "../../cluster/checks/index.js";
import type { NodeFacts } from "../../cluster/types.js";
import { combineViews } from "../../cluster/topology.js";

/** A node of which everything is known, or checks that need such facts keep silent. */
const FACTS: NodeFacts = {
  address: "",
  port: 0,
  placement: { pod: "", host: "", zone: "" },
  diskFreeBytes: 0,
  diskTotalBytes: 0,
  diskInodesFree: 0,
  dataBytes: 0,
};

/** Ids of all health checks, sorted: each check answers, whatever it is asked about. */
export function knownChecks(): readonly string[] {
  const findings = runChecks({
    topology: combineViews([], []),
    facts: [FACTS],
    expected: { shards: 0, replicas: 0 },
    policy: DEFAULT_POLICY,
  });
  return [...new Set(findings.map(({ id }) => id))].toSorted();
}
