import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { createPaint } from "../../../hosts/paint.js";
import type { PlanJson } from "../../../infra/plan/plan-json.js";
import { judgePlan, RULES, type PolicyFinding, type PolicyReport } from "../../../infra/policy/judge-plan.js";
import { nearestName } from "../../../errors/nearest-name.js";
import type { OpenFile, Target } from "./open-file.js";

/** Today, UTC, as `2026-11-23`. */
const today = (): string => new Date().toISOString().slice(0, 10);

/**
 * Judges a plan by the rules and the waivers of the environment file.
 * @throws EvenkeelError `WAIVER_UNKNOWN` for a rule that does not exist
 */
export function judge({ file }: OpenFile, { environment }: Pick<Target, "environment">, plan: PlanJson): PolicyReport {
  const ids = RULES.map(({ id }) => id);
  const wrong = file.waivers.find(({ rule }) => !ids.includes(rule));
  if (wrong !== undefined) {
    const near = nearestName(wrong.rule, ids);
    throw new EvenkeelError(`a waiver names the rule ${wrong.rule}, which does not exist`, {
      code: "WAIVER_UNKNOWN",
      owner: "user",
      hint: near === undefined ? "evenkeel infra policy --rules lists them" : `did you mean ${near}?`,
    });
  }
  return judgePlan(
    { plan, ...(environment === undefined ? {} : { environment }) },
    { waivers: file.waivers, today: today() },
  );
}

/** One finding a rule: what is wrong at each place, why it matters, what to do. */
export function renderPolicy(report: PolicyReport, { color }: { readonly color: boolean }): string {
  const paint = createPaint(color);
  const lines = [...groupByRule(report.findings).values()].flatMap((findings) => {
    const [first] = findings;
    if (first === undefined) return [];
    const open = findings.some(({ waived }) => waived === undefined);
    const word = !open
      ? paint("dim", "waived")
      : first.severity === "block"
        ? paint("red", "block ")
        : paint("yellow", "warn  ");
    return [
      `${word} ${first.rule}: ${first.title}`,
      ...findings.map((finding) => `         ${finding.resource}: ${finding.evidence}${describeWaiver(finding)}`),
      `         ${paint("bold", "why:")} ${first.why}`,
      ...(open ? [`         ${paint("bold", "fix:")} ${first.fix}`] : []),
    ];
  });
  const unused = report.unused.map(({ rule, until }) => `unused waiver: ${rule} until ${until}; it can go`);
  const { passed, warnings, blocking, waived } = report;
  return `${[...lines, ...unused, `${passed} rules passed, ${warnings} warn, ${blocking} block, ${waived} waived`].join("\n")}\n`;
}

function describeWaiver({ waived, waiverEnded }: PolicyFinding): string {
  if (waived !== undefined) return ` (waived until ${waived.until}: ${waived.reason})`;
  return waiverEnded === undefined ? "" : ` (its waiver ended on ${waiverEnded})`;
}

function groupByRule(findings: readonly PolicyFinding[]): Map<string, PolicyFinding[]> {
  const groups = new Map<string, PolicyFinding[]>();
  for (const finding of findings) groups.set(finding.rule, [...(groups.get(finding.rule) ?? []), finding]);
  return groups;
}
