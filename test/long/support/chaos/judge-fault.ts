import type { FaultEnd } from "./run-fault.js";

const SERVED_WITHIN_MS = 60_000;
/** What was on its way when a primary was killed: its reply is cut off with the connection, and a library sends it again. */
const SENT_AGAIN_MAX = 10;
/** Less would say nothing. */
const CONFIRMED_MIN = 100;
/** The same command led to the target after all. */
export const GONE_ON = "upgrade again: every pod runs the target";
/** What a person reads who has to decide: why it stopped, why it does not go back, and what to type. */
export const ASKS =
  /(?:the upgrade stopped \(.+\), and there is no way back: .+next: evenkeel upgrade --to \S+ --execute|the upgrade is braked: shard .+ has no way back.+next: evenkeel release)/su;

/** One line of what happened: what was lost is counted, never silent. */
export function describeFault({ what, end, version, wayOut, writes, second }: FaultEnd): string {
  const reason = end.report?.reason || end.said.trim().split("\n").slice(-3).join(" / ");
  return [
    `hit ${what}`,
    `exit ${end.code} (${end.report?.result ?? "no report"}: ${reason})`,
    `${version} version`,
    ...(wayOut === "" ? [] : [wayOut]),
    `longest gap ${Math.round(writes.longestGapMs)} ms`,
    `${writes.confirmed} writes confirmed by WAIT, ${writes.confirmedLost.length} of them lost`,
    `${writes.unconfirmed} not confirmed, ${writes.unconfirmedLost} of them lost`,
    `second load: ${second.commands} commands, ${second.failed} failed, ${second.lost} acknowledged ones lost, ${second.doubled} applied twice`,
  ].join("; ");
}

/** The command says what is: one version, or what is left to do. */
function judgeClaim({ end, version, wayOut }: FaultEnd): readonly string[] {
  const is = `exit ${end.code}, and the ${version} version runs`;
  if (end.report?.result === "passed") return version === "new" && end.code === 0 ? [] : [`passed, ${is}`];
  if (end.code === 6) return ASKS.test(end.said) && wayOut === GONE_ON ? [] : [`a person is asked in vain, ${is}`];
  return [1, 3].includes(end.code ?? -1) && version === "old" ? [] : [is];
}

/**
 * What must not be. A primary that is gone takes with it what no replica had: only what WAIT confirmed must be there, and the shard must
 * be served again.
 */
export function judgeFault(fault: FaultEnd): readonly string[] {
  const { writes, second } = fault;
  return [
    ...judgeClaim(fault),
    ...(writes.confirmed >= CONFIRMED_MIN ? [] : [`only ${writes.confirmed} writes were confirmed`]),
    ...(writes.confirmedLost.length === 0 ? [] : [`confirmed by WAIT and lost: ${writes.confirmedLost.join(", ")}`]),
    ...(writes.longestGapMs <= SERVED_WITHIN_MS ? [] : [`a shard was not served for ${writes.longestGapMs} ms`]),
    ...(second.doubled <= SENT_AGAIN_MAX ? [] : [`${second.doubled} writes were applied twice`]),
  ];
}
