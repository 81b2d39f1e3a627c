import type { Impact } from "../../../infra/plan/consequences.js";
import type { PlanSummary, SummaryEntry } from "../../../infra/plan/summarize-plan.js";
import { createPaint } from "../../../hosts/paint.js";

const WORDS: Readonly<Record<Impact, string>> = {
  data: "data is lost",
  down: "goes down",
  move: "pods move",
  open: "to know",
};
const STYLES = { data: "red", down: "red", move: "yellow", open: "cyan" } as const;
/** Beyond this many the list of plain creations says no more than their number. */
const LISTED = 40;

function describe({ address, kind, changed, because, createdFirst }: SummaryEntry): string {
  const what = kind === "changed" && changed.length > 0 ? ` (${changed.join(", ")})` : "";
  const why = because.length > 0 ? ` because of ${because.join(", ")}` : "";
  const order = createdFirst ? ", the new one first" : "";
  return `  ${kind.padEnd(9)} ${address}${what}${why}${order}`;
}

/** A plan's summary for people: numbers, what goes down, then every change. */
export function renderSummary(summary: PlanSummary, { color }: { readonly color: boolean }): string {
  const paint = createPaint(color);
  const { created, changed, replaced, destroyed, forgotten, drifted, entries, consequences } = summary;
  if (entries.length === 0)
    return `no changes${drifted.length > 0 ? `; ${drifted.length} changed outside Terraform` : ""}\n`;
  const numbers = [
    `${created} created, ${changed} changed, ${replaced} replaced, ${destroyed} destroyed`,
    ...(forgotten > 0 ? [`${forgotten} forgotten`] : []),
  ].join(", ");
  const effects = consequences.flatMap(({ address, consequence }) =>
    consequence === undefined
      ? []
      : [
          `  ${paint(STYLES[consequence.impact], WORDS[consequence.impact].padEnd(12))} ${address}`,
          `               ${consequence.text}`,
        ],
  );
  const plain = entries.filter(({ kind }) => kind === "created");
  const others = entries.filter(({ kind }) => kind !== "created");
  const shown = plain.length > LISTED ? plain.slice(0, LISTED) : plain;
  return [
    numbers,
    ...(effects.length > 0 ? ["", paint("bold", "what it means:"), ...effects] : []),
    ...(drifted.length > 0 ? ["", `changed outside Terraform: ${drifted.join(", ")}`] : []),
    "",
    paint("bold", "changes:"),
    ...[...others, ...shown].map(describe),
    ...(shown.length < plain.length ? [`  created   ${plain.length - shown.length} more (--output json has all)`] : []),
    "",
  ].join("\n");
}
