import { describeAct, podOf } from "./describe-act.js";
import type { PhaseName, Plan, WayBack } from "./types.js";

/** A line of the printed plan. */
export type PlanRow =
  | {
      readonly kind: "step";
      /** From 1. */
      readonly number: number;
      readonly phase: PhaseName;
      readonly act: string;
      /** Empty when the step is about no pod. */
      readonly pod: string;
      readonly wayBack: string;
      readonly expectedMs: number;
      readonly deadlineMs: number;
      readonly cost: string;
    }
  /** Stands before the step that it is about. */
  | { readonly kind: "point-of-no-return"; readonly text: string };

const WAY_BACK: Readonly<Record<WayBack, string>> = {
  none: "nothing to take back",
  R0: "R0: replicas back, synced by their primary",
  R1: "R1: hand back, nothing lost",
  R2: "R2: snapshot only",
};

/** The plan as lines of a table, with a marked line before the point of no return. */
export function describePlan(plan: Plan): readonly PlanRow[] {
  return plan.steps.flatMap((step, index): PlanRow[] => {
    const row: PlanRow = {
      kind: "step",
      number: index + 1,
      phase: step.phase,
      act: describeAct(step.act, plan),
      pod: podOf(step.act),
      wayBack: WAY_BACK[step.wayBack],
      expectedMs: step.expectedMs,
      deadlineMs: step.deadlineMs,
      cost: step.cost,
    };
    if (step.id !== plan.pointOfNoReturn) return [row];
    return [
      {
        kind: "point-of-no-return",
        text: `point of no return: after step ${index + 1} there is no way back without loss`,
      },
      row,
    ];
  });
}
