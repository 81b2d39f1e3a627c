import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";
import { addressesIn, type StateFile } from "./state-file.js";

/** What bringing an old version of a state back would do. */
export interface RestorePlan {
  readonly from: { readonly serial: number; readonly resources: number };
  readonly to: { readonly serial: number; readonly resources: number };
  /** In AWS, but no longer known afterwards: Terraform would make them a second time. */
  readonly forgotten: readonly string[];
  /** Known again afterwards: Terraform looks for them and makes what is missing. */
  readonly known: readonly string[];
  /** The state to push: the old one with the next serial, so that Terraform takes it as newer. */
  readonly text: string;
}

/**
 * Compares an old version with the present state.
 * @param old the text of the version to bring back
 * @param present undefined when there is none any more
 * @throws EvenkeelError `STATE_LINEAGE` when the version belongs to another state
 */
export function planRestore(old: StateFile, present: StateFile | undefined): RestorePlan {
  if (present !== undefined && present.lineage !== old.lineage)
    throw new EvenkeelError("this version belongs to another state: it has another lineage", {
      code: "STATE_LINEAGE",
      owner: "user",
      exitCode: EXIT.refused,
      hint: "choose another version: evenkeel infra state versions",
      details: { present: present.lineage, version: old.lineage },
    });
  const [before, after] = [present === undefined ? [] : addressesIn(present), addressesIn(old)];
  const serial = Math.max(present?.serial ?? 0, old.serial) + 1;
  return {
    from: { serial: present?.serial ?? 0, resources: before.length },
    to: { serial: old.serial, resources: after.length },
    forgotten: before.filter((address) => !after.includes(address)),
    known: after.filter((address) => !before.includes(address)),
    text: `${JSON.stringify({ ...old, serial }, null, 2)}\n`,
  };
}
