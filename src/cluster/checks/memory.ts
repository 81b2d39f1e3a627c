import { formatPlace } from "../format-node.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** Room for what a fork copies while clients go on writing. */
export function checkMemory({ topology: { views }, policy }: Observed): CheckResult[] {
  const tight = views.flatMap((view): Fault[] => {
    const { usedMemoryRssBytes: used, totalSystemMemoryBytes: total } = view.server;
    if (total === 0 || used <= total * policy.memoryMaxShare) return [];
    return [
      {
        subject: formatPlace(view),
        evidence: `${formatPlace(view)} has ${used} of ${total} bytes resident; at most ${policy.memoryMaxShare * 100} % leave room for a fork`,
      },
    ];
  });
  const unlimited = views.filter((view) => view.server.maxMemoryBytes === 0).map(formatPlace);
  return [
    {
      id: "memory.room",
      severity: "block",
      faults: tight,
      evidence: `every node uses at most ${policy.memoryMaxShare * 100} % of its machine's memory`,
      advice: "give the nodes more memory, or spread the data over more shards",
    },
    {
      id: "memory.limit",
      severity: "warn",
      faults: unlimited.length === 0 ? [] : [{ evidence: `maxmemory is not set on ${unlimited.join(", ")}` }],
      evidence: "maxmemory is set on every node",
      advice: "set maxmemory below the pod's limit, so that the engine refuses writes before the kernel kills it",
    },
  ];
}
