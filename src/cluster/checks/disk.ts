import { formatPlace } from "../format-node.js";
import type { NodeFacts } from "../types.js";
import type { CheckPolicy, CheckResult, Fault, Observed } from "./check.js";

/** Room for a second copy of the data: a snapshot, an AOF rewrite, data that is moved aside. */
export function checkDisk({ facts, policy }: Observed): CheckResult[] {
  const known = facts.filter((fact) => fact.diskFreeBytes !== undefined);
  const inodes = facts.filter((fact) => fact.diskInodesFree !== undefined);
  return [
    ...(known.length === 0
      ? []
      : [
          {
            id: "disk.room",
            severity: "block",
            faults: known.flatMap((fact) => roomFault(fact, policy)),
            evidence: `at least ${formatMegabytes(Math.min(...known.map((fact) => fact.diskFreeBytes ?? 0)))} free on every volume`,
            advice:
              "enlarge the volume, or remove what does not belong there (evenkeel prune lists data that was moved aside)",
          } as const,
        ]),
    ...(inodes.length === 0
      ? []
      : [
          {
            id: "disk.inodes",
            severity: "block",
            faults: inodes.flatMap((fact) => inodeFault(fact, policy)),
            evidence: `at least ${Math.min(...inodes.map((fact) => fact.diskInodesFree ?? 0))} inodes free on every volume`,
            advice: "remove files from the volume",
          } as const,
        ]),
  ];
}

function roomFault(fact: NodeFacts, policy: CheckPolicy): Fault[] {
  const free = fact.diskFreeBytes ?? 0;
  const least = Math.min(policy.diskFreeMinBytes, (fact.diskTotalBytes ?? Infinity) * policy.diskFreeMinShare);
  const data = fact.dataBytes ?? 0;
  const needed = Math.max(least, data * policy.diskFreeFactor);
  if (free >= needed) return [];
  const subject = formatPlace(fact);
  return [
    {
      subject,
      evidence: `${subject}: ${formatMegabytes(free)} free, ${formatMegabytes(needed)} needed (data ${formatMegabytes(data)})`,
    },
  ];
}

function inodeFault(fact: NodeFacts, { inodesMin }: CheckPolicy): Fault[] {
  const free = fact.diskInodesFree ?? 0;
  // File systems without a fixed number of inodes report 0 free of 0; such a volume shows room instead.
  if (free >= inodesMin || (free === 0 && (fact.diskFreeBytes ?? 0) > 0)) return [];
  const subject = formatPlace(fact);
  return [{ subject, evidence: `${subject}: ${free} inodes free, ${inodesMin} needed` }];
}

const formatMegabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
