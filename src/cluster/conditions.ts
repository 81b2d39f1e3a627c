import type { Condition } from "./types.js";

/** The conditions that do not hold. */
export function failing(conditions: readonly Condition[]): Condition[] {
  return conditions.filter((condition) => !condition.holds);
}

/** One line for people: the reasons, each with its condition's name. Empty when there is none. */
export function explain(conditions: readonly Condition[]): string {
  return conditions.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
}

/**
 * A condition that holds when nothing speaks against it.
 * @param against what speaks against it, each with the values seen
 * @param otherwise the evidence when nothing does
 */
export function unless(name: string, against: readonly string[], otherwise: string): Condition {
  return { name, holds: against.length === 0, reason: against.length === 0 ? otherwise : against.join("; ") };
}
