import type { UpgradeTotals } from "./github-totals.js";
import type { RunState } from "../events/run-state.js";
import { toPlain } from "./describe-event.js";
import { formatCount, formatDuration } from "./format-quantity.js";
import type { Timeline, TimelineBar } from "./github-timeline.js";

const MARKS: Readonly<Record<RunState["phases"][number]["state"], string>> = {
  planned: "·",
  running: "▸",
  passed: "✅",
  failed: "❌",
  inconclusive: "❔",
};
/** A summary is for reading: GitHub refuses one of more than 1 MiB, and nobody reads a thousand rows. */
const ROWS_MAX = 200;

/** A text inside a cell of a Markdown table, with nothing in it that means something to Markdown or HTML. */
function cell(text: string): string {
  return toPlain(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_[\]|~#@]/gu, (sign) => `&#${sign.codePointAt(0)};`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const left = rows.length - ROWS_MAX;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.slice(0, ROWS_MAX).map(line),
    ...(left > 0 ? ["", `… and ${left} more: see the events of the run.`] : []),
    "",
  ];
}

function renderTitle(state: RunState): readonly string[] {
  const change = state.from === undefined || state.to === undefined ? "" : ` ${cell(state.from)} → ${cell(state.to)}`;
  const mark = state.exitCode === 0 ? "✅" : "❌";
  const took = state.startedMs === undefined ? "" : `, ${formatDuration(state.atMs - state.startedMs)}`;
  const code = state.exitCode === undefined ? "did not end" : `exit code ${state.exitCode}`;
  return [`## ${mark} evenkeel ${cell(state.command)}${change}`, "", `${code}${took}`, ""];
}

function renderReasons(state: RunState): readonly string[] {
  const reasons = [state.stopped, state.error].filter((reason) => reason !== undefined);
  return reasons.flatMap((reason) => [`> ${cell(reason)}`, ""]);
}

function renderTotals(totals: UpgradeTotals | undefined): readonly string[] {
  if (totals === undefined) return [];
  const { commands, failed, lost, longestStallMs } = totals;
  return table(
    ["commands", "failed", "lost", "longest stall"],
    [[formatCount(commands), formatCount(failed), formatCount(lost), formatDuration(longestStallMs)]],
  );
}

function renderFindings(state: RunState): readonly string[] {
  return table(
    ["check", "severity", "evidence"],
    state.findings.map(({ id, severity, evidence }) => [cell(id), severity, cell(evidence)]),
  );
}

function renderPhases(state: RunState): readonly string[] {
  return table(
    ["phase", "", "time"],
    state.phases.map(({ name, state: outcome, durationMs }) => [
      cell(name),
      MARKS[outcome],
      durationMs === undefined ? "" : formatDuration(durationMs),
    ]),
  );
}

interface Row {
  readonly shard: string;
  readonly bar: TimelineBar;
}

/** By shard, then by time; pods that no shard showed come last. */
function toRows({ bars, shardOf }: Timeline): readonly Row[] {
  const firstSlot = (slots: string): number => Number.parseInt(slots, 10);
  return bars
    .map((bar) => ({ shard: shardOf[bar.pod] ?? "", bar }))
    .toSorted((a, b) => {
      const [left, right] = [firstSlot(a.shard), firstSlot(b.shard)];
      if (left !== right)
        return (Number.isNaN(left) ? Infinity : left) < (Number.isNaN(right) ? Infinity : right) ? -1 : 1;
      return a.bar.startMs - b.bar.startMs;
    });
}

/** Names inside a Mermaid chart: it takes colons, commas, semicolons and hashes for its own. */
function label(text: string): string {
  return toPlain(text).replaceAll(/[^\w ./>-]/gu, " ");
}

/** The same as a picture: GitHub draws Mermaid in a summary, and shows no image that is not on a web server. */
function renderPicture(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  const beginMs = Math.min(...rows.map(({ bar }) => bar.startMs));
  const lines = rows.slice(0, ROWS_MAX).map(({ shard, bar }, at) => {
    const section =
      shard === rows[at - 1]?.shard && at > 0 ? [] : [`  section ${shard === "" ? "others" : `slots ${label(shard)}`}`];
    const start = bar.startMs - beginMs;
    // A bar without a width is not drawn.
    const end = start + Math.max(1, Math.round(bar.durationMs));
    const look = bar.ok ? (bar.what.startsWith("hand-over") ? "active, " : "") : "crit, ";
    return [...section, `  ${label(`${bar.pod} ${bar.what}`)} :${look}${start}, ${end}`];
  });
  return ["```mermaid", "gantt", "  dateFormat x", "  axisFormat %M:%S", ...lines.flat(), "```", ""];
}

function renderTimeline(timeline: Timeline): readonly string[] {
  const rows = toRows(timeline);
  const [first] = rows;
  if (first === undefined) return [];
  const beginMs = Math.min(...rows.map(({ bar }) => bar.startMs));
  return [
    "### What was done to each shard",
    "",
    ...renderPicture(rows),
    ...table(
      ["slots", "pod", "what", "began after", "took", ""],
      rows.map(({ shard, bar }) => [
        cell(shard),
        cell(bar.pod),
        cell(bar.what),
        formatDuration(bar.startMs - beginMs),
        formatDuration(bar.durationMs),
        bar.ok ? "✅" : "❌",
      ]),
    ),
  ];
}

/** A run as Markdown for the summary of a job; empty when there is nothing worth a page. Pure. */
export function renderGithubSummary(
  state: RunState,
  more: { readonly timeline: Timeline; readonly totals?: UpgradeTotals | undefined },
): string {
  const { timeline, totals } = more;
  const body = [
    ...renderReasons(state),
    ...renderTotals(totals),
    ...renderFindings(state),
    ...renderPhases(state),
    ...renderTimeline(timeline),
  ];
  return body.length === 0 ? "" : [...renderTitle(state), ...body].join("\n");
}
