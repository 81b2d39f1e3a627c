import { formatEngine } from "../cluster/engines.js";
import { formatDuration } from "../hosts/format-quantity.js";
import { describePlan } from "../upgrade/plan/describe-plan.js";
import type { Plan } from "../upgrade/plan/types.js";
import { renderTable } from "./table.js";

const COLUMNS = [
  { title: "step", align: "right" as const },
  { title: "phase" },
  { title: "act" },
  { title: "way back" },
  { title: "expected", align: "right" as const },
  { title: "deadline", align: "right" as const },
  { title: "cost" },
];

/**
 * A plan as a table, with the point of no return marked.
 * @param command that runs it
 */
export function renderPlan(plan: Plan, { command }: { readonly command: string }): string {
  const target = formatEngine(plan.to);
  if (plan.steps.length === 0) return `nothing to do: every pod runs ${target}\n`;
  const rows = describePlan(plan).map((row) =>
    row.kind === "point-of-no-return"
      ? ["", "", row.text, "", "", "", ""]
      : [
          String(row.number),
          row.phase,
          row.act,
          row.wayBack,
          formatDuration(row.expectedMs),
          formatDuration(row.deadlineMs),
          row.cost,
        ],
  );
  const title = `${formatEngine(plan.from)} -> ${target}: ${plan.steps.length} steps, ${plan.failovers} hand-overs, about ${formatDuration(plan.expectedMs)}`;
  const notes = plan.notes.length === 0 ? "" : `\n${plan.notes.map((note) => `- ${note}`).join("\n")}\n`;
  return `${title}\n\n${renderTable(COLUMNS, rows).join("\n")}\n${notes}\nNothing was changed. To run it: ${command}\n`;
}
