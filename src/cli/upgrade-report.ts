import { formatCount, formatDuration } from "../hosts/format-quantity.js";
import type { WitnessClientTotals, WitnessReport } from "../ports/witness.js";
import { blamedFailures } from "../upgrade/engine/judge-report.js";
import { DEFAULT_POLICY, type UpgradePolicy } from "../upgrade/policy/policy.js";
import { renderTable } from "./table.js";
import { renderWitnessReport } from "./render-witness-report.js";

/** What `upgrade` and `demo` end with; with `--output json` this object and nothing else. */
export interface UpgradeReport {
  readonly result: "passed" | "failed" | "rolled-back";
  /** Why it was taken back, or what clients saw; empty when all went well. */
  readonly reason: string;
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
  /** @default "passed" */
  readonly result?: "passed" | "rolled-back";
  readonly reason?: string;
  readonly ignoreErrors?: UpgradePolicy["ignoreErrors"];
  readonly from: string;
  readonly to: string;
  readonly failovers: number;
  /** Milliseconds. */
  readonly phases: Readonly<Record<string, number>>;
  readonly witness: WitnessReport | undefined;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Passed means: no command failed but by a client's own known fault, and none was lost or doubled. */
export function makeReport(inputs: ReportInputs): UpgradeReport {
  const {
    from,
    to,
    failovers,
    phases,
    witness,
    result = "passed",
    reason = "",
    ignoreErrors = DEFAULT_POLICY.ignoreErrors,
  } = inputs;
  const blamed = witness ? blamedFailures(witness, ignoreErrors) : 0;
  const clean = blamed === 0 && (witness?.lost ?? 0) === 0 && (witness?.doubled ?? 0) === 0;
  const seconds = Object.values(phases).reduce((sum, ms) => sum + ms, 0) / 1000;
  return {
    result: result === "passed" && !clean ? "failed" : result,
    reason: [
      ...(result === "passed" && !clean
        ? [`${blamed} commands failed, ${witness?.lost ?? 0} writes lost, ${witness?.doubled ?? 0} doubled`]
        : []),
      ...(reason === "" ? [] : [reason]),
    ].join("; "),
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
    ...(report.reason === "" ? [] : [["reason", report.reason] satisfies [string, string]]),
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
