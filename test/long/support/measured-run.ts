import type { UpgradeReport } from "../../../src/cli/upgrade-report.js";
import type { WitnessReport } from "../../../src/ports/witness.js";

/** What clients saw of one upgrade, or of one way back. */
export interface MeasuredRun {
  readonly seconds: number;
  readonly commands: number;
  /** By client; without what is the client's own fault. */
  readonly failed: Readonly<Record<string, number>>;
  /** node-redis rejects what waits on a connection to a node that left the slot map, whoever asked for that. */
  readonly disconnects: number;
  readonly lost: number;
  readonly doubled: number;
  readonly failovers: number;
  readonly longestStallMs: number;
  readonly p99Ms: number;
}

const OWN_FAULT = "Disconnects client";

/**
 * Sums up the report of the command, and of a second load that looked on from before the first step to after the last: what happened
 * while no witness of the command ran is in there too.
 */
export function measuredRun(report: UpgradeReport, second: WitnessReport): MeasuredRun {
  const { seconds, commands, lost, doubled, failovers, longestStallMs, p99Ms, clients } = report;
  const own = clients["node-redis"]?.errors[OWN_FAULT] ?? 0;
  const failed = Object.entries(clients).map(([name, client]): [string, number] => [
    name,
    client.failed - (client.errors[OWN_FAULT] ?? 0),
  ]);
  return {
    seconds,
    commands,
    failed: { ...Object.fromEntries(failed), "second load": second.failed },
    disconnects: own,
    lost: lost + second.lost,
    doubled: doubled + second.doubled,
    failovers,
    longestStallMs,
    p99Ms,
  };
}

/** What no client may see, in the shape in which a test compares it. */
export function harm({ failed, lost, doubled }: MeasuredRun): object {
  return { failed: Object.values(failed).reduce((sum, count) => sum + count, 0), lost, doubled };
}
export const NO_HARM = { failed: 0, lost: 0, doubled: 0 } as const;
