import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { Terraform } from "./run-terraform.js";

type Values = Readonly<Record<string, unknown>>;

interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly mode: "managed" | "data";
  readonly change: { readonly actions: readonly string[]; readonly after: Values | null };
}

export interface Plan {
  readonly changes: readonly ResourceChange[];
  /** What is planned for every resource of a type, by address. */
  readonly of: (type: string) => ReadonlyMap<string, Values>;
  /** What is planned for the only resource of a type. */
  readonly only: (type: string) => Values;
  readonly outputs: Values;
}

interface StateModule {
  readonly resources?: readonly { readonly address: string; readonly type: string; readonly values: Values }[];
  readonly child_modules?: readonly StateModule[];
}

/** Reads what exists, by address, from `terraform show -json`. */
export function readState(text: string): ReadonlyMap<string, Values> {
  const found = new Map<string, Values>();
  const walk = (module: StateModule): void => {
    for (const { address, values } of module.resources ?? []) found.set(address, values);
    for (const child of module.child_modules ?? []) walk(child);
  };
  walk((JSON.parse(text) as { values?: { root_module: StateModule } }).values?.root_module ?? {});
  return found;
}

interface PlanFile {
  readonly resource_changes?: readonly ResourceChange[];
  readonly planned_values: { readonly outputs?: Readonly<Record<string, { readonly value?: unknown }>> };
}

/** Reads what a plan would do. */
export function readPlan(text: string): Plan {
  const { resource_changes: changes = [], planned_values } = JSON.parse(text) as PlanFile;
  const of = (type: string): ReadonlyMap<string, Values> =>
    new Map(
      changes
        .filter((change) => change.mode === "managed" && change.type === type)
        .map((change) => [change.address, change.change.after ?? {}]),
    );
  return {
    changes,
    of,
    only: (type) => {
      const [first, ...others] = of(type).values();
      if (first === undefined || others.length > 0) throw new Error(`not one ${type} but ${of(type).size}`);
      return first;
    },
    outputs: Object.fromEntries(Object.entries(planned_values.outputs ?? {}).map(([name, { value }]) => [name, value])),
  };
}

/** Initialises a root, plans with these variables and reads the plan. */
export async function planRoot(
  terraform: Terraform,
  root: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Plan> {
  writeFileSync(join(root, "test.auto.tfvars.json"), JSON.stringify(variables));
  await terraform.must(root, ["init", "-no-color"]);
  await terraform.must(root, ["plan", "-no-color", "-out=plan.bin"]);
  return readPlan(await terraform.must(root, ["show", "-json", "plan.bin"]));
}
