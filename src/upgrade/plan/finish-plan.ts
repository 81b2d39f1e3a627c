import type { Draft } from "./draft.js";
import type { PodTemplate } from "../../ports/platform.js";
import type { Plan } from "./types.js";

/** Puts a plan together from its steps. */
export function finishPlan(
  { from, to }: { readonly from: PodTemplate; readonly to: PodTemplate },
  { steps }: Draft,
  rest: Pick<Plan, "direction" | "pointOfNoReturn" | "passed" | "notes">,
): Plan {
  return {
    schema: 1,
    from,
    to,
    steps,
    failovers: steps.filter((step) => step.act.kind === "hand-over").length,
    expectedMs: steps.reduce((sum, step) => sum + step.expectedMs, 0),
    ...rest,
  };
}
