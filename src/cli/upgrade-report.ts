import { formatCount, formatDuration } from "../hosts/format-quantity.js";
import type { WitnessClientTotals, WitnessReport } from "../ports/witness.js";
import { renderTable } from "./table.js";
import { renderWitnessReport } from "./render-witness-report.js";

/** What `upgrade` and `demo` end with; with `--output json` this object and nothing else. */
export interface UpgradeReport {
  readonly result: "passed" | "failed";
  readonly from: string;
  readonly to: string;
  readonly commands: number;
  readonly failed: number;
  readonly lost: number;
  readonly doubled: number;
  readonly failovers: number;
  readonly longestStallMs: number;
  readonly p99Ms: number;
  /** Of the upgrade itself. */
  readonly seconds: number;
  /** Seconds by phase, set-up apart. */
  readonly phases: Readonly<Record<string, number>>;
  readonly clients: Readonly<Record<string, WitnessClientTotals>>;
}

export interface ReportInputs {
  readonly from: string;
  readonly to: string;
  readonly failovers: number;
  /** Milliseconds. */
  readonly phases: Readonly<Record<string, number>>;
  readonly witness: WitnessReport | undefined;
}

/** A client's own known fault: it rejects what is in flight to a node that was demoted, and says so by this class. */
const OWN_FAULTS: ReadonlySet<string> = new Set(["Disconnects client"]);

/** Failures that the cluster answers for: all but a client's own known faults. */
export function blamedFailures(report: WitnessReport): number {
  return Object.values(report.clients).reduce((sum, { failed, errors }) => {
    const own = Object.entries(errors).reduce((count, [kind, times]) => count + (OWN_FAULTS.has(kind) ? times : 0), 0);
    return sum + failed - own;
  }, 0);
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Passed means: no command failed but by a client's own fault, and none was lost or doubled. */
export function makeReport({ from, to, failovers, phases, witness }: ReportInputs): UpgradeReport {
  const clean = witness === undefined || (blamedFailures(witness) === 0 && witness.lost === 0 && witness.doubled === 0);
  const seconds = Object.values(phases).reduce((sum, ms) => sum + ms, 0) / 1000;
  return {
    result: clean ? "passed" : "failed",
    from,
    to,
    commands: witness?.commands ?? 0,
    failed: witness?.failed ?? 0,
    lost: witness?.lost ?? 0,
    doubled: witness?.doubled ?? 0,
    failovers,
    longestStallMs: round(witness?.longestStallMs ?? 0, 1),
    p99Ms: round(witness?.p99Ms ?? 0, 2),
    seconds: round(seconds, 1),
    phases: Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, round(ms / 1000, 1)])),
    clients: witness?.clients ?? {},
  };
}

/** The report as a table. */
export function renderUpgradeReport(report: UpgradeReport, witness: WitnessReport | undefined): string {
  const rows: [string, string][] = [
    ["result", report.result],
    ["upgrade", `${report.from} -> ${report.to}`],
    ["commands", formatCount(report.commands)],
    ["failed", formatCount(report.failed)],
    ["lost", formatCount(report.lost)],
    ["doubled", formatCount(report.doubled)],
    ["longest stall", formatDuration(report.longestStallMs)],
    ["p99", formatDuration(report.p99Ms)],
    ["failovers", String(report.failovers)],
    ...Object.entries(report.phases).map(([phase, seconds]): [string, string] => [`time: ${phase}`, `${seconds} s`]),
  ];
  const table = renderTable([{ title: "" }, { title: "", align: "right" }], rows).join("\n");
  return `${table}\n${witness === undefined ? "" : `\n${renderWitnessReport(witness)}`}`;
}
