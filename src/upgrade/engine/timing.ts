import type { PlanTiming } from "../plan/plan-upgrade.js";
import type { UpgradePolicy } from "../policy/policy.js";

/** Deadlines and soaks of a plan, from the policy. */
export function planTiming({ soak, deadlines }: UpgradePolicy): PlanTiming {
  return {
    canarySoakMs: soak.canaryMs,
    soakMs: soak.ms,
    podMs: deadlines.podMs,
    handoverMs: deadlines.handoverMs,
    snapshotMs: deadlines.snapshotMs,
    checkMs: deadlines.checkMs,
  };
}
