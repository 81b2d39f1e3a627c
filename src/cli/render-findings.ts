import type { Finding } from "../cluster/types.js";
import { createPaint } from "../hosts/paint.js";

export interface CheckCounts {
  readonly passed: number;
  readonly warnings: number;
  readonly blocking: number;
}

export function countFindings(findings: readonly Finding[]): CheckCounts {
  const failed = findings.filter(({ status }) => status === "fail");
  const blocking = failed.filter(({ severity }) => severity === "block").length;
  return { passed: findings.length - failed.length, warnings: failed.length - blocking, blocking };
}

/** What failed, blocking first, each with its evidence and advice; then how many passed. */
export function renderFindings(findings: readonly Finding[], { color }: { readonly color: boolean }): string {
  const paint = createPaint(color);
  const failed = findings
    .filter(({ status }) => status === "fail")
    .toSorted((a, b) => Number(a.severity === "warn") - Number(b.severity === "warn"));
  const lines = failed.flatMap(({ id, severity, subject, evidence, advice }) => [
    `${severity === "block" ? paint("red", "block") : paint("yellow", "warn ")}  ${id}${subject === undefined ? "" : ` (${subject})`}`,
    `       ${evidence}`,
    ...(advice === undefined ? [] : [`       ${paint("bold", "do:")} ${advice}`]),
  ]);
  const { passed, warnings, blocking } = countFindings(findings);
  return `${[...lines, `${passed} passed, ${warnings} warn, ${blocking} block`].join("\n")}\n`;
}
