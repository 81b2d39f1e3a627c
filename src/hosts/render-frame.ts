import type { PodState, ShardState } from "../events/event-data.js";
import type { PhaseState, RunState } from "../events/run-state.js";
import { toPlain } from "./describe-event.js";
import { formatBytes, formatCount, formatDuration } from "./format-quantity.js";
import { createPaint, type Style } from "./paint.js";
import { fit, pad, paintLine, type Segment } from "./segments.js";

export interface FrameOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  /** Milliseconds since 1970; elapsed times count up to it. @default the time of the last event */
  readonly nowMs?: number;
}

const PHASE_MARKS: Readonly<Record<PhaseState["state"], { mark: string; style: Style }>> = {
  planned: { mark: "·", style: "dim" },
  running: { mark: "▸", style: "cyan" },
  passed: { mark: "✓", style: "green" },
  failed: { mark: "✗", style: "red" },
  inconclusive: { mark: "?", style: "yellow" },
};

function renderTitle(state: RunState, nowMs: number): readonly Segment[] {
  const change = state.from !== undefined && state.to !== undefined ? `  ${state.from} -> ${state.to}` : "";
  const elapsed = state.startedMs === undefined ? "" : `  ${formatDuration(Math.max(0, nowMs - state.startedMs))}`;
  return [{ text: `evenkeel ${state.command}`, style: "bold" }, { text: change }, { text: elapsed, style: "dim" }];
}

/** The phases, several a line: as many as the width holds. */
function renderPhases(state: RunState, nowMs: number, width: number): readonly (readonly Segment[])[] {
  const lines: Segment[][] = [];
  let used = width + 1;
  for (const phase of state.phases) {
    const { mark, style } = PHASE_MARKS[phase.state];
    const ms =
      phase.durationMs ?? (phase.state === "running" ? Math.max(0, nowMs - (phase.startedMs ?? nowMs)) : undefined);
    const text = `${mark} ${phase.name}${ms === undefined ? "" : ` ${formatDuration(ms)}`}   `;
    if (used + text.trimEnd().length > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push({ text, style });
    used += text.length;
  }
  return lines;
}

function podCell(pod: PodState, target: string | undefined): readonly Segment[] {
  const mark = pod.role === "primary" ? "●" : "○";
  const atTarget = target !== undefined && `${pod.engine}@${pod.version}`.startsWith(target);
  const lag = pod.lagBytes === undefined || pod.lagBytes === 0 ? "" : ` -${formatBytes(pod.lagBytes)}`;
  return [
    { text: `${mark} ${pod.pod} `, style: pod.ready ? undefined : "yellow" },
    { text: pod.version, style: atTarget ? "green" : undefined },
    { text: pod.ready ? lag : " not ready", style: pod.ready ? "dim" : "yellow" },
    { text: "   " },
  ];
}

function shardActivity(state: RunState, shard: ShardState): string {
  return shard.pods
    .flatMap(({ pod }) => (state.activity[pod] === undefined ? [] : [`${pod}: ${state.activity[pod]}`]))
    .join(", ");
}

function renderShards(state: RunState): readonly (readonly Segment[])[] {
  const cells = state.shards.map((shard) => shard.pods.map((pod) => podCell(pod, state.to)));
  const slotsWidth = Math.max(0, ...state.shards.map((shard) => shard.slots.length)) + 2;
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? []).reduce((sum, s) => sum + s.text.length, 0))),
  );
  return state.shards.map((shard, index) => [
    { text: `  shard ${index}  `, style: "dim" as const },
    { text: shard.slots.padEnd(slotsWidth), style: "dim" as const },
    ...(cells[index] ?? []).flatMap((cell, column) => pad(cell, widths[column] ?? 0)),
    { text: shardActivity(state, shard), style: "cyan" as const },
  ]);
}

/** What is done to pods that no shard shows yet: while a cluster starts. */
function renderOtherActivity(state: RunState): readonly (readonly Segment[])[] {
  const shown = new Set(state.shards.flatMap((shard) => shard.pods.map(({ pod }) => pod)));
  const others = Object.entries(state.activity).filter(([pod]) => !shown.has(pod));
  return others.length === 0
    ? []
    : [[{ text: `  ${others.map(([pod, doing]) => `${pod} ${doing}`).join(", ")}`, style: "cyan" }]];
}

function renderWaits(state: RunState, nowMs: number): readonly (readonly Segment[])[] {
  return state.waits.map((wait) => {
    const elapsedMs = Math.max(0, nowMs - wait.startedMs);
    const late = elapsedMs > wait.deadlineMs / 2;
    return [
      { text: `  waiting for ${toPlain(wait.for)}, ` },
      {
        text: `${formatDuration(elapsedMs)} of ${formatDuration(wait.deadlineMs)}`,
        style: late ? "yellow" : undefined,
      },
      { text: wait.reason === undefined ? "" : `: ${toPlain(wait.reason)}`, style: "dim" },
    ];
  });
}

function renderLoad(state: RunState): readonly (readonly Segment[])[] {
  const { load } = state;
  if (load === undefined) return [];
  const failures = load.failed === 0 ? ("green" as const) : ("red" as const);
  return [
    [
      { text: `  load ${formatCount(load.ratePerSecond)}/s   p99 ${formatDuration(load.p99Ms)}   ` },
      { text: `longest ${formatDuration(load.longestMs)}   ${formatCount(load.commands)} commands   ` },
      { text: `failed ${formatCount(load.failed)}`, style: failures },
      { text: state.handovers === 0 ? "" : `   hand-overs ${state.handovers}` },
    ],
  ];
}

/** One picture of a run, as lines that fit the width. Pure. */
export function renderFrame(state: RunState, options: FrameOptions): string[] {
  const { width, color } = options;
  const nowMs = options.nowMs ?? state.atMs;
  const paint = createPaint(color);
  const lines = [
    renderTitle(state, nowMs),
    ...renderPhases(state, nowMs, width),
    ...renderShards(state),
    ...renderOtherActivity(state),
    ...renderWaits(state, nowMs),
    ...renderLoad(state),
  ];
  return lines.map((segments) => paintLine(fit(segments, width), paint));
}
