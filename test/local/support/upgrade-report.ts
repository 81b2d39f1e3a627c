import type { UpgradeReport } from "../../../src/cli/upgrade-report.js";

/** What clients saw, by the kind of error, with only node-redis' own fault left out. */
export function seen(report: UpgradeReport): object {
  // An upgrade that did not begin says why instead.
  if (!("clients" in report)) throw new Error(JSON.stringify(report));
  const failed = Object.fromEntries(
    Object.entries(report.clients).map(([name, { errors }]) => {
      const { "Disconnects client": _own, ...blamed } = errors;
      return [name, blamed];
    }),
  );
  return { result: report.result, lost: report.lost, doubled: report.doubled, failed };
}

export const NOTHING = {
  lost: 0,
  doubled: 0,
  failed: { ioredis: {}, iovalkey: {}, "ioredis-idle": {}, "node-redis": {} },
} as const;
