import type { WitnessReport } from "../../ports/witness.js";
import type { UpgradePolicy } from "../policy/policy.js";
import { hardLimit } from "./failures.js";

/** Failures that the cluster answers for: all but a client's own known faults, which the policy names by client. */
export function blamedFailures(report: WitnessReport, ignore: UpgradePolicy["ignoreErrors"]): number {
  return Object.entries(report.clients).reduce((sum, [client, { failed, errors }]) => {
    const own = ignore[client] ?? [];
    const excused = own.reduce((count, kind) => count + (errors[kind] ?? 0), 0);
    return sum + failed - excused;
  }, 0);
}

/**
 * Judges a read-back.
 * @throws EvenkeelError `HARD_LIMIT` when a write was lost or doubled, or more commands failed than the policy allows
 */
export function judgeReport(report: WitnessReport, policy: UpgradePolicy): void {
  if (report.lost > 0)
    throw hardLimit(`${report.lost} acknowledged writes are lost: ${report.lostKeys.slice(0, 3).join(", ")}`);
  if (report.doubled > 0)
    throw hardLimit(`${report.doubled} writes were applied twice: ${report.doubledKeys.slice(0, 3).join(", ")}`);
  const failed = blamedFailures(report, policy.ignoreErrors);
  if (failed > policy.hard.failedCommands)
    throw hardLimit(`${failed} commands failed (at most ${policy.hard.failedCommands})`);
}
