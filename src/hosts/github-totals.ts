/** The figures by which an upgrade is judged, as its result gives them. */
export interface UpgradeTotals {
  readonly commands: number;
  readonly failed: number;
  readonly lost: number;
  readonly longestStallMs: number;
}

/** The totals in a result, when it is one of `upgrade`, `rollback`, `load` or `demo`; undefined for any other. */
export function readTotals(result: unknown): UpgradeTotals | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  const { commands, failed, lost, longestStallMs } = result as Readonly<Record<string, unknown>>;
  if (typeof commands !== "number" || typeof failed !== "number") return undefined;
  if (typeof lost !== "number" || typeof longestStallMs !== "number") return undefined;
  return { commands, failed, lost, longestStallMs };
}
