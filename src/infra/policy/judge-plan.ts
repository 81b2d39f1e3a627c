import type { Waiver } from "../environment/schema.js";
import { CLUSTER_RULES } from "./cluster-rules.js";
import { DATA_RULES } from "./data-rules.js";
import { NETWORK_RULES } from "./network-rules.js";
import type { PolicyInput, Rule, Violation } from "./rule.js";

/** Every rule there is. */
export const RULES: readonly Rule[] = [...DATA_RULES, ...NETWORK_RULES, ...CLUSTER_RULES];

/** A rule that is broken by one resource. */
export interface PolicyFinding extends Violation {
  readonly rule: string;
  readonly severity: Rule["severity"];
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  /** Accepted in the environment file. */
  readonly waived?: { readonly reason: string; readonly until: string };
  /** A waiver for it was there and ended on this day. */
  readonly waiverEnded?: string;
}

/** What the policy says of a plan. */
export interface PolicyReport {
  readonly findings: readonly PolicyFinding[];
  readonly passed: number;
  readonly warnings: number;
  /** Not waived: the plan is refused. */
  readonly blocking: number;
  readonly waived: number;
  /** Waivers that met no finding: they can go. */
  readonly unused: readonly Waiver[];
}

/** `module.eks.*` meets every address that begins so. */
function meets(pattern: string | undefined, address: string): boolean {
  if (pattern === undefined) return true;
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`, "u").test(address);
}

/**
 * Judges the state that a plan leads to.
 * @param today as `2026-11-23`: waivers count up to their own day
 */
export function judgePlan(
  input: PolicyInput,
  { waivers, today }: { readonly waivers: readonly Waiver[]; readonly today: string },
): PolicyReport {
  const own = waivers.filter(({ environment }) => environment === undefined || environment === input.environment?.id);
  const used = new Set<Waiver>();
  const judge = (rule: Rule, violation: Violation): PolicyFinding => {
    const { id, severity, title, why, fix } = rule;
    const finding = { rule: id, severity, title, why, fix, ...violation };
    const fitting = own.filter((waiver) => waiver.rule === id && meets(waiver.resource, violation.resource));
    for (const waiver of fitting) used.add(waiver);
    const valid = fitting.find(({ until }) => until >= today);
    if (valid !== undefined) return { ...finding, waived: { reason: valid.reason, until: valid.until } };
    const ended = fitting[0]?.until;
    return ended === undefined ? finding : { ...finding, waiverEnded: ended };
  };
  const judged = RULES.map((rule) => rule.check(input).map((violation) => judge(rule, violation)));
  const findings = judged.flat();
  const open = findings.filter(({ waived }) => waived === undefined);
  const blocking = open.filter(({ severity }) => severity === "block").length;
  return {
    findings,
    passed: judged.filter((of) => of.length === 0).length,
    warnings: open.length - blocking,
    blocking,
    waived: findings.length - open.length,
    unused: own.filter((waiver) => !used.has(waiver)),
  };
}
