import type { Paint, Style } from "./paint.js";

/** A piece of a line with one style: widths are counted before the control codes come in. */
export interface Segment {
  readonly text: string;
  readonly style?: Style | undefined;
}

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.text.length, 0);
}

/** Cuts a line to the width; what was cut is marked by `…`. */
export function fit(segments: readonly Segment[], width: number): readonly Segment[] {
  if (lengthOf(segments) <= width) return segments;
  const kept: Segment[] = [];
  let left = Math.max(0, width - 1);
  for (const segment of segments) {
    if (left === 0) break;
    kept.push({ ...segment, text: segment.text.slice(0, left) });
    left -= Math.min(left, segment.text.length);
  }
  return [...kept, { text: "…" }];
}

/** Fills a cell with spaces up to `width`. */
export function pad(segments: readonly Segment[], width: number): readonly Segment[] {
  const missing = width - lengthOf(segments);
  return missing > 0 ? [...segments, { text: " ".repeat(missing) }] : segments;
}

export function paintLine(segments: readonly Segment[], paint: Paint): string {
  return segments
    .map(({ text, style }) => (style === undefined ? text : paint(style, text)))
    .join("")
    .trimEnd();
}
