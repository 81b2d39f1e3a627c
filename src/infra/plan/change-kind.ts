import type { ResourceChange } from "./plan-json.js";

/** What happens to a resource, in words. */
export type ChangeKind = "created" | "changed" | "replaced" | "destroyed" | "forgotten" | "unchanged";

/** What a change does. Reading a data source is none. */
export function kindOf({ change: { actions } }: Pick<ResourceChange, "change">): ChangeKind {
  if (actions.includes("delete")) return actions.includes("create") ? "replaced" : "destroyed";
  if (actions.includes("forget")) return "forgotten";
  if (actions.includes("create")) return "created";
  return actions.includes("update") ? "changed" : "unchanged";
}

/** Names of the top attributes that differ or are not known yet. Names only: values may be secrets. */
export function changedAttributes({ change }: Pick<ResourceChange, "change">): readonly string[] {
  const { before, after, after_unknown: unknown } = change;
  if (before === null || after === null) return [];
  const open = typeof unknown === "object" && unknown !== null ? (unknown as Readonly<Record<string, unknown>>) : {};
  const names = new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(open)]);
  return [...names]
    .filter((name) => isOpen(open[name]) || JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .toSorted();
}

/** Whether anything in an `after_unknown` is true. */
function isOpen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === true;
  return Object.values(value).some(isOpen);
}
