import { EvenkeelError } from "../../errors/evenkeel-error.js";

/** The parts of a Terraform state that are read here. Its values are secrets and stay untouched. */
export interface StateFile {
  readonly version: number;
  readonly serial: number;
  /** The same for all versions of one state. */
  readonly lineage: string;
  readonly terraform_version: string;
  readonly resources?: readonly StateResource[];
}

interface StateResource {
  readonly module?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly instances: readonly { readonly index_key?: string | number }[];
}

/**
 * Reads a state.
 * @param what e.g. `version abc of demo/terraform.tfstate`
 * @throws EvenkeelError `STATE_UNREADABLE`
 */
export function parseState(text: string, what: string): StateFile {
  try {
    const state = JSON.parse(text) as StateFile;
    if (typeof state.serial === "number" && typeof state.lineage === "string") return state;
  } catch {
    // Told below.
  }
  throw new EvenkeelError(`${what} is no Terraform state`, {
    code: "STATE_UNREADABLE",
    owner: "environment",
    hint: "choose another version: evenkeel infra state versions",
  });
}

/** Addresses of the managed resources that a state knows. */
export function addressesIn({ resources = [] }: Pick<StateFile, "resources">): readonly string[] {
  return resources
    .filter(({ mode }) => mode === "managed")
    .flatMap(({ module, type, name, instances }) => {
      const base = [module, type, name].filter((part) => part !== undefined).join(".");
      return instances.map(({ index_key: key }) => (key === undefined ? base : `${base}[${JSON.stringify(key)}]`));
    })
    .toSorted();
}
