import type { Environment } from "../environment/resolve-environment.js";
import type { PlanJson, ResourceChange, Values } from "../plan/plan-json.js";

/** What a rule is judged on. */
export interface PolicyInput {
  readonly plan: PlanJson;
  /** Missing for the state bucket's own root. */
  readonly environment?: Environment;
}

/** What a rule found wrong: where, and what is there. */
export interface Violation {
  readonly resource: string;
  readonly evidence: string;
}

/** One rule over a plan. */
export interface Rule {
  readonly id: string;
  /** `block`: exit code 3; `warn`: told. */
  readonly severity: "block" | "warn";
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  /** Everything that breaks the rule in the state that the plan leads to. */
  readonly check: (input: PolicyInput) => readonly Violation[];
}

/** A resource as it will be. */
export interface Planned {
  readonly address: string;
  readonly type: string;
  readonly values: Values;
  /** Attributes that are not known until apply. */
  readonly unknown: Readonly<Record<string, unknown>>;
}

const toPlanned = ({ address, type, change }: ResourceChange): readonly Planned[] =>
  change.after === null
    ? []
    : [{ address, type, values: change.after, unknown: (change.after_unknown ?? {}) as Planned["unknown"] }];

/** Managed resources of some types as they will be once the plan is applied; also those that it leaves alone. */
export function plannedOf({ plan }: PolicyInput, ...types: readonly string[]): readonly Planned[] {
  return (plan.resource_changes ?? [])
    .filter(({ mode, type }) => mode === "managed" && (types.length === 0 || types.includes(type)))
    .flatMap(toPlanned);
}

/** Nested blocks of a resource: Terraform tells of one as of many. */
export function blocksOf(values: Values, name: string): readonly Values[] {
  const value = values[name];
  if (Array.isArray(value))
    return value.filter((block): block is Values => typeof block === "object" && block !== null);
  return typeof value === "object" && value !== null ? [value as Values] : [];
}

/** A list of texts among the values; empty when it is none. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** Whether an attribute, or a part of it, is known only after apply. */
export function isUnknown({ unknown }: Planned, name: string): boolean {
  const deep = (value: unknown): boolean =>
    typeof value === "object" && value !== null ? Object.values(value).some(deep) : value === true;
  return deep(unknown[name]);
}

/** Whether a network is everybody, or nearly: shorter than /8. */
export function isEverybody(cidr: unknown): boolean {
  return typeof cidr === "string" && Number(cidr.split("/")[1] ?? 32) < 8;
}

/** A plain value for people. */
export function showValue(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "not set";
}
