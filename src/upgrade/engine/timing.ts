import type { PlanTiming } from "../plan/plan-upgrade.js";
import { DEFAULT_POLICY, type UpgradePolicy } from "../policy/policy.js";

/** The same on the way back, where giving up too soon helps nobody: short deadlines were meant for the target version. */
export function rollbackTiming(policy: UpgradePolicy): PlanTiming {
  const { podMs, handoverMs, checkMs } = DEFAULT_POLICY.deadlines;
  const timing = planTiming(policy);
  return {
    ...timing,
    podMs: Math.max(podMs, timing.podMs),
    handoverMs: Math.max(handoverMs, timing.handoverMs),
    checkMs: Math.max(checkMs, timing.checkMs),
  };
}

/** Deadlines and soaks of a plan, from the policy. */
export function planTiming({ soak, deadlines }: UpgradePolicy): PlanTiming {
  return {
    canarySoakMs: soak.canaryMs,
    soakMs: soak.ms,
    podMs: deadlines.podMs,
    handoverMs: deadlines.handoverMs,
    snapshotMs: deadlines.snapshotMs,
    checkMs: deadlines.checkMs,
    configurationMs: deadlines.configurationMs,
  };
}
