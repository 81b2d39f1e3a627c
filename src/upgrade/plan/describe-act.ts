import { formatEngine } from "../../cluster/engines.js";
import type { Act, Plan } from "./types.js";

/** An act as a sentence. */
export function describeAct(act: Act, { from, to }: Pick<Plan, "from" | "to">): string {
  const target = formatEngine(to);
  switch (act.kind) {
    case "check":
      return act.when === "pre" ? "run all checks" : "run all checks again";
    case "try-configuration":
      return `start a throwaway ${target} with the cluster's configuration`;
    case "snapshot":
      return `keep the data of shard ${act.shard} aside, from ${act.pod}`;
    case "stage":
      return `set the template to ${target}; nothing rolls`;
    case "add-replica":
      return `add a replica to ${act.primary} on ${formatEngine(from)}`;
    case "roll":
      return `replace ${act.pod} with ${target}`;
    case "hand-over":
      return `hand the slots of ${act.pod} over to ${act.to}`;
    case "soak":
      return act.what === "canary" ? "watch the canary" : "watch, with a copy to go back to in every shard";
    case "remove-replica":
      return `remove the added replica ${act.pod}`;
    case "restore":
      return `restore shard ${act.shard} from snapshot ${act.snapshotSet}`;
    case "finish":
      return "back to the platform's resting state; nothing rolls";
  }
}

/** The pod that an act is about; empty when it is about none. */
export function podOf(act: Act): string {
  switch (act.kind) {
    case "add-replica":
      return act.primary;
    case "snapshot":
    case "roll":
    case "hand-over":
    case "remove-replica":
      return act.pod;
    default:
      return "";
  }
}
