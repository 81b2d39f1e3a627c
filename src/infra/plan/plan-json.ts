import { EvenkeelError } from "../../errors/evenkeel-error.js";

/** Values of one resource as the plan knows them. */
export type Values = Readonly<Record<string, unknown>>;

/** What Terraform does to one resource. */
export type PlanAction = "no-op" | "create" | "read" | "update" | "delete" | "forget";

/** One resource in a plan, as `terraform show -json` tells of it. */
export interface ResourceChange {
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly previous_address?: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly PlanAction[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly after_unknown?: unknown;
    readonly before_sensitive?: unknown;
    readonly after_sensitive?: unknown;
    /** Attributes that force a replacement. */
    readonly replace_paths?: readonly (readonly (string | number)[])[];
    readonly importing?: unknown;
  };
}

/** The parts of a plan that are read here. */
export interface PlanJson {
  readonly format_version: string;
  readonly terraform_version?: string;
  readonly resource_changes?: readonly ResourceChange[];
  readonly resource_drift?: readonly ResourceChange[];
  readonly configuration?: {
    readonly provider_config?: Readonly<Record<string, { readonly expressions?: Values }>>;
  };
  readonly errored?: boolean;
}

/**
 * Reads what `terraform show -json PLAN` printed.
 * @throws EvenkeelError `PLAN_UNREADABLE`
 */
export function parsePlan(text: string): PlanJson {
  let plan: Partial<PlanJson>;
  try {
    plan = JSON.parse(text) as Partial<PlanJson>;
  } catch (error) {
    throw unreadable("it is not JSON", error);
  }
  if (plan.format_version === undefined || !plan.format_version.startsWith("1."))
    throw unreadable(`its format ${plan.format_version ?? "is not named"} is not known here`);
  return plan as PlanJson;
}

function unreadable(reason: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError(`cannot read Terraform's plan: ${reason}`, {
    code: "PLAN_UNREADABLE",
    owner: "environment",
    hint: "evenkeel infra doctor",
    ...(cause === undefined ? {} : { cause }),
  });
}
