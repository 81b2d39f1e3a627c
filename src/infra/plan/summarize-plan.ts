import { changedAttributes, kindOf, type ChangeKind } from "./change-kind.js";
import { consequenceOf, type Consequence, type Impact } from "./consequences.js";
import type { PlanJson, ResourceChange } from "./plan-json.js";

/** One resource that changes. */
export interface SummaryEntry {
  readonly address: string;
  readonly type: string;
  readonly kind: ChangeKind;
  /** Attributes that change; only their names. */
  readonly changed: readonly string[];
  /** Attributes that force the replacement. */
  readonly because: readonly string[];
  /** Made before the old one goes. */
  readonly createdFirst: boolean;
  readonly consequence?: Consequence;
}

/** A plan by its meaning. */
export interface PlanSummary {
  readonly created: number;
  readonly changed: number;
  readonly replaced: number;
  readonly destroyed: number;
  readonly forgotten: number;
  /** Changed by somebody else since the last run. */
  readonly drifted: readonly string[];
  readonly entries: readonly SummaryEntry[];
  /** Entries with a consequence, the worst first. */
  readonly consequences: readonly SummaryEntry[];
  readonly worst?: Impact;
}

const ORDER: readonly Impact[] = ["data", "down", "move", "open"];

function toEntry(resource: ResourceChange): SummaryEntry {
  const { address, type, change } = resource;
  const kind = kindOf(resource);
  const changed = changedAttributes(resource);
  const consequence = consequenceOf(type, { kind, changed, before: change.before, after: change.after });
  return {
    address,
    type,
    kind,
    changed: kind === "changed" || kind === "replaced" ? changed : [],
    because: (change.replace_paths ?? []).map((path) => path.join(".")),
    createdFirst: change.actions[0] === "create" && kind === "replaced",
    ...(consequence === undefined ? {} : { consequence }),
  };
}

/** Says what a plan does and what goes down meanwhile. */
export function summarizePlan(plan: PlanJson): PlanSummary {
  const entries = (plan.resource_changes ?? [])
    .filter(({ mode }) => mode === "managed")
    .map(toEntry)
    .filter(({ kind }) => kind !== "unchanged");
  const count = (kind: ChangeKind): number => entries.filter((entry) => entry.kind === kind).length;
  const rank = ({ consequence }: SummaryEntry): number =>
    consequence === undefined ? ORDER.length : ORDER.indexOf(consequence.impact);
  const consequences = entries
    .filter(({ consequence }) => consequence !== undefined)
    .toSorted((a, b) => rank(a) - rank(b));
  const worst = consequences[0]?.consequence?.impact;
  return {
    created: count("created"),
    changed: count("changed"),
    replaced: count("replaced"),
    destroyed: count("destroyed"),
    forgotten: count("forgotten"),
    drifted: (plan.resource_drift ?? []).map(({ address }) => address),
    entries,
    consequences,
    ...(worst === undefined ? {} : { worst }),
  };
}

/** Whether the plan would change nothing. */
export function isEmpty({ entries }: PlanSummary): boolean {
  return entries.length === 0;
}
