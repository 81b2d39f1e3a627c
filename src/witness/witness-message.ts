import type { WitnessReport, WitnessWindow } from "../ports/witness.js";

/** What the witness writes to standard output, one JSON object a line, each with its number `seq` beside these fields. */
export type WitnessMessage =
  /** Every client has had commands answered; the load begins now. */
  | { readonly type: "started"; readonly clients: readonly string[] }
  | ({ readonly type: "window" } & WitnessWindow)
  | {
      readonly type: "progress";
      readonly what: "read-back" | "clean-up";
      readonly done: number;
      readonly total: number;
    }
  | ({ readonly type: "report" } & WitnessReport)
  /** The last line: the process ends with exit code 1. */
  | { readonly type: "error"; readonly code: string; readonly message: string; readonly hint?: string };

const TYPES: ReadonlySet<unknown> = new Set(["started", "window", "progress", "report", "error"]);

/** Reads one line; undefined when it is not one of ours. */
export function parseWitnessMessage(line: string): WitnessMessage | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isWitnessMessage(value)) return undefined;
    const { seq: _, ...message } = value;
    return message;
  } catch {
    return undefined;
  }
}

/** The writer is this package's own process, of the same version: the tag suffices. */
function isWitnessMessage(value: unknown): value is WitnessMessage & { readonly seq?: number } {
  return typeof value === "object" && value !== null && "type" in value && TYPES.has(value.type);
}
