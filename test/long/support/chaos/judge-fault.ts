import { expect } from "vitest";
import type { FaultEnd } from "./run-fault.js";

const SERVED_WITHIN_MS = 60_000;

/** One line of what happened: what was lost is counted, never silent. */
export function describeFault({ what, end, version, writes, second }: FaultEnd): string {
  const confirmed = `${writes.confirmed} writes confirmed by WAIT, ${writes.confirmedLost.length} of them lost; ${writes.unconfirmed} not confirmed, ${writes.unconfirmedLost} of them lost`;
  const load = `second load: ${second.commands} commands, ${second.failed} failed, ${second.lost} acknowledged ones lost`;
  const reason = end.report?.reason || end.said.trim().split("\n").slice(-3).join(" / ");
  return `hit ${what}; exit ${end.code} (${end.report?.result ?? "no report"}: ${reason}), ${version} version; longest gap ${Math.round(writes.longestGapMs)} ms; ${confirmed}; ${load}`;
}

/**
 * A primary that is gone takes with it what no replica had: only what WAIT confirmed must be there. The shard is served again, and
 * the command says what is: one version, or exit 4 with what is left to do.
 */
export function judgeFault(faultEnd: FaultEnd): void {
  const { end, version, writes, second } = faultEnd;
  const said = describeFault(faultEnd);
  expect(writes.confirmed, said).toBeGreaterThan(100);
  expect(writes.confirmedLost, said).toEqual([]);
  expect(writes.longestGapMs, said).toBeLessThan(SERVED_WITHIN_MS);
  expect(second.doubled, said).toBe(0);
  if (end.report?.result === "passed") expect({ version, code: end.code }, said).toEqual({ version: "new", code: 0 });
  // Served by the new version everywhere, and clients saw failures: "failed", which is no claim of success.
  else if (end.report?.result === "failed")
    expect({ version, code: end.code }, said).toEqual({ version: "new", code: 4 });
  else if (end.code === 4) expect(end.said, said).toMatch(/could not be taken back: \S+ \S+/u);
  else {
    expect([1, 3], said).toContain(end.code);
    expect(version, said).toBe("old");
  }
}
