import type { UpgradeReport } from "../../../src/cli/upgrade-report.js";

/** What clients saw, with only node-redis' own fault left out. */
export function seen(report: UpgradeReport): object {
  const failed = Object.fromEntries(
    Object.entries(report.clients).map(([name, client]) => [
      name,
      client.failed - (client.errors["Disconnects client"] ?? 0),
    ]),
  );
  return { result: report.result, lost: report.lost, doubled: report.doubled, failed };
}

export const NOTHING = {
  lost: 0,
  doubled: 0,
  failed: { ioredis: 0, iovalkey: 0, "ioredis-idle": 0, "node-redis": 0 },
} as const;
