import type { Finding, NodeFacts, Severity, Topology } from "../types.js";

/** What the checks judge by; every value may be changed. */
export interface CheckPolicy {
  readonly lagMaxBytes: number;
  /** Free disk, as a multiple of the data: a snapshot and a rewritten AOF have to fit beside it. */
  readonly diskFreeFactor: number;
  /** Free disk that is always needed, however little data there is… */
  readonly diskFreeMinBytes: number;
  /** …but never more than this part of the volume. */
  readonly diskFreeMinShare: number;
  readonly inodesMin: number;
  /** Resident memory may be this part of the machine's memory: a fork copies what is written meanwhile. */
  readonly memoryMaxShare: number;
  /** Bytes that may wait in the send buffer of a bus link. */
  readonly busBufferMaxBytes: number;
  /** Severity by check id, where it is to differ from the check's own. */
  readonly severities: Readonly<Record<string, Severity>>;
}

export interface Observed {
  readonly topology: Topology;
  /** What the platform knows of the nodes; may be empty. */
  readonly facts: readonly NodeFacts[];
  /** The size that the cluster is to have, when that is known. */
  readonly expected?: {
    readonly shards: number;
    /** Of each shard, at least. */
    readonly replicas: number;
    /** Where it is not `shards * (1 + replicas)`. */
    readonly nodes?: number;
  };
  readonly policy: CheckPolicy;
}

/** One thing that a check found wrong. */
export interface Fault {
  /** The node or shard it is about; left out for the cluster. */
  readonly subject?: string;
  readonly evidence: string;
  /** Where one fault weighs less or more than the check's other ones. */
  readonly severity?: Severity;
}

/** The outcome of one check. */
export interface CheckResult {
  readonly id: string;
  readonly severity: Severity;
  readonly faults: readonly Fault[];
  /** What was seen when nothing is wrong. */
  readonly evidence: string;
  /** What to do when something is. */
  readonly advice: string;
}

export type Check = (observed: Observed) => readonly CheckResult[];

/** One finding per fault; one that passes when there is none. */
export function toFindings({ id, severity, faults, evidence, advice }: CheckResult, policy: CheckPolicy): Finding[] {
  if (faults.length === 0) return [{ id, status: "pass", severity: policy.severities[id] ?? severity, evidence }];
  return faults.map((fault) => ({
    id,
    status: "fail",
    severity: policy.severities[id] ?? fault.severity ?? severity,
    ...(fault.subject === undefined ? {} : { subject: fault.subject }),
    evidence: fault.evidence,
    advice,
  }));
}
