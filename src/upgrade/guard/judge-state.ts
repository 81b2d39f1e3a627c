import type { UpgradePolicy } from "../policy/policy.js";
import type { Evidence, Exceedance } from "./exceedance.js";
import { describeFailures } from "./failures.js";
import type { GuardState } from "./guard-state.js";
import { formatBytes, formatMs, type LimitName, OK, type Verdict } from "./verdict.js";

export interface JudgeOptions {
  readonly nowMs: number;
  readonly policy: UpgradePolicy;
  /** `false`: no witness runs, so only looks at the cluster are judged. */
  readonly witnessed: boolean;
  /** Until then a silence of the witness is expected. */
  readonly patienceUntilMs: number;
}

/** The first limit that is passed: hard before inconclusive before soft. Hard limits once passed stay passed. */
export function judgeState(state: GuardState, options: JudgeOptions): Verdict {
  return judgeHard(state, options.policy) ?? judgeDoubt(state, options) ?? judgeSoft(state, options.policy) ?? OK;
}

function judgeHard(state: GuardState, { hard }: UpgradePolicy): Verdict | undefined {
  const { failures, clusterFail, canaryLost, away } = state;
  const verdict = (limit: LimitName, reason: string): Verdict => ({ kind: "hard", limit, reason });
  const failed = describeFailures(failures);
  if (canaryLost > 0) {
    return verdict(
      "canary",
      `${canaryLost} canary ${canaryLost === 1 ? "key" : "keys"} lost an acknowledged write > 0`,
    );
  }
  if (failures.total > hard.failedCommands) {
    return verdict(
      "failed-commands",
      `${failures.total} failed ${failures.total === 1 ? "command" : "commands"} > ${hard.failedCommands} (${failed})`,
    );
  }
  if (hard.failedPerSecond !== undefined && failures.perSecondMax > hard.failedPerSecond) {
    const { perSecondMax } = failures;
    return verdict("failed-per-second", `${perSecondMax} failed commands in 1 s > ${hard.failedPerSecond} (${failed})`);
  }
  if (clusterFail.longestMs > hard.clusterStateFailMs) {
    const [seen, limit] = [formatMs(clusterFail.longestMs), formatMs(hard.clusterStateFailMs)];
    return verdict("cluster-state", `cluster_state fail for ${seen} > ${limit}`);
  }
  if (away.ms > hard.podBackMs) {
    return verdict("pod-back", `${away.node} does not answer for ${formatMs(away.ms)} > ${formatMs(hard.podBackMs)}`);
  }
  return undefined;
}

function judgeDoubt(state: GuardState, options: JudgeOptions): Verdict | undefined {
  const { nowMs, policy, witnessed, patienceUntilMs } = options;
  const verdict = (limit: LimitName, reason: string): Verdict => ({ kind: "inconclusive", limit, reason });
  const { silentMs } = policy.inconclusive;
  if (witnessed && nowMs > patienceUntilMs && nowMs - state.trafficMs > silentMs) {
    return verdict("silence", `no client had traffic for more than ${formatMs(silentMs)}`);
  }
  if (!witnessed && nowMs - state.observedMs > silentMs) {
    return verdict("silence", `nobody looked at the cluster for more than ${formatMs(silentMs)}`);
  }
  // Where another limit is passed beyond doubt, the doubtful one adds nothing.
  const { p99, stall, lag } = state;
  if ([p99, stall, lag].some((one) => one.state === "bad")) return undefined;
  const late = (evidence: Evidence) => `; the witness itself was late by ${formatMs(evidence.selfLagMs)}`;
  if (stall.state === "unclear") return verdict("stall", `${describeStall(stall, policy)}${late(stall.evidence)}`);
  if (p99.state === "unclear") return verdict("p99", `${describeP99(p99, policy)}${late(p99.evidence)}`);
  return undefined;
}

function judgeSoft({ p99, stall, lag }: GuardState, policy: UpgradePolicy): Verdict | undefined {
  const verdict = (limit: LimitName, reason: string): Verdict => ({ kind: "soft", limit, reason });
  if (stall.state === "bad") return verdict("stall", describeStall(stall, policy));
  if (p99.state === "bad") return verdict("p99", describeP99(p99, policy));
  if (lag.state === "bad") {
    const { value, forMs } = lag.evidence;
    const limit = formatBytes(policy.soft.lagBytes);
    return verdict("lag", `replication lag ${formatBytes(value)} > ${limit} for ${formatMs(forMs)}`);
  }
  return undefined;
}

function describeStall({ evidence }: Exceedance, { soft }: UpgradePolicy): string {
  return `stall ${formatMs(evidence.value)} > ${formatMs(soft.stallMs)}`;
}

function describeP99({ evidence }: Exceedance, { soft }: UpgradePolicy): string {
  return `p99 ${formatMs(evidence.value)} > ${formatMs(soft.p99Ms)} for ${formatMs(evidence.forMs)}`;
}
