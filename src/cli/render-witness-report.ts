import { formatCount, formatDuration } from "../hosts/format-quantity.js";
import type { WitnessClientTotals, WitnessReport } from "../ports/witness.js";
import { renderTable } from "./table.js";

const RIGHT = { align: "right" as const };
const COLUMNS = [
  { title: "client" },
  { title: "commands", ...RIGHT },
  { title: "failed", ...RIGHT },
  { title: "lost", ...RIGHT },
  { title: "doubled", ...RIGHT },
  { title: "longest stall", ...RIGHT },
  { title: "p99", ...RIGHT },
  { title: "errors" },
];

function renderRow(name: string, totals: WitnessClientTotals): readonly string[] {
  const errors = Object.entries(totals.errors).map(([kind, count]) => `${kind}: ${count}`);
  return [
    name,
    formatCount(totals.commands),
    formatCount(totals.failed),
    formatCount(totals.lost),
    formatCount(totals.doubled),
    formatDuration(totals.longestStallMs),
    formatDuration(totals.p99Ms),
    errors.join(", "),
  ];
}

/** What the clients saw: a row each, and one for all. */
export function renderWitnessReport(report: WitnessReport): string {
  const rows = Object.entries(report.clients).map(([name, totals]) => renderRow(name, totals));
  const all = rows.length === 1 ? [] : [renderRow("all", { ...report, errors: {} })];
  const keys = [
    ...(report.lostKeys.length === 0 ? [] : [`lost: ${report.lostKeys.join(" ")}`]),
    ...(report.doubledKeys.length === 0 ? [] : [`doubled: ${report.doubledKeys.join(" ")}`]),
  ];
  return `${[...renderTable(COLUMNS, [...rows, ...all]), ...keys].join("\n")}\n`;
}
