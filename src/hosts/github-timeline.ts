import type { EventDataByCode, ShardState } from "../events/event-data.js";
import type { Event } from "../ports/event-sink.js";

/** One stretch of time in which something was done to a pod. */
export interface TimelineBar {
  readonly pod: string;
  /** What was done, e.g. `replicas/roll/rc-4`, or `hand-over to rc-4`. */
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly ok: boolean;
}

/** What was done to the pods of a run, in order, and to which shard each belonged. */
export interface Timeline {
  /** Shards as they were seen last, primary first. */
  readonly shards: readonly ShardState[];
  /** Pod to the slots of the shard that it was first seen in: a shard keeps its slots while its primary changes. */
  readonly shardOf: Readonly<Record<string, string>>;
  readonly bars: readonly TimelineBar[];
}

export const NO_TIMELINE: Timeline = { shards: [], shardOf: {}, bars: [] };

function withBar(timeline: Timeline, event: Event, bar: Omit<TimelineBar, "startMs">): Timeline {
  const startMs = Date.parse(event.time) - bar.durationMs;
  return { ...timeline, bars: [...timeline.bars, { ...bar, startMs }] };
}

function withShards(timeline: Timeline, shards: readonly ShardState[]): Timeline {
  const shardOf = { ...timeline.shardOf };
  for (const shard of shards) for (const { pod } of shard.pods) shardOf[pod] ??= shard.slots;
  return { ...timeline, shards, shardOf };
}

/** Folds one event into the timeline. Pure. */
export function addToTimeline(timeline: Timeline, event: Event): Timeline {
  if (event.code === "TOPOLOGY")
    return withShards(timeline, (event.data as unknown as EventDataByCode["TOPOLOGY"]).shards);
  if (event.code === "STEP_FINISHED") {
    const { step, pod, durationMs, outcome } = event.data as unknown as EventDataByCode["STEP_FINISHED"];
    // A hand-over that went well tells of itself, and to whom.
    if (pod === undefined || (outcome === "passed" && step.includes("hand-over/"))) return timeline;
    return withBar(timeline, event, { pod, what: step, durationMs, ok: outcome === "passed" });
  }
  if (event.code === "HANDOVER_FINISHED") {
    const { from, to, durationMs, outcome } = event.data as unknown as EventDataByCode["HANDOVER_FINISHED"];
    if (outcome === "not-needed") return timeline;
    const what = to === undefined ? "hand-over" : `hand-over to ${to}`;
    return withBar(timeline, event, { pod: from, what, durationMs, ok: outcome === "done" });
  }
  return timeline;
}
