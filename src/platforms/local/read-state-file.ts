import { readFileSync } from "node:fs";
import { EXIT, EvenkeelError } from "../../errors/evenkeel-error.js";
import { hasShape } from "./check-shape.js";
import type { Shape } from "./check-shape.js";

/** Line and column of a character position, both from 1. */
function placeOf(content: string, position: number): string {
  const before = content.slice(0, position).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

function whereJsonBroke(content: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return `${placeOf(content, Number(position))}: not JSON`;
  return `${placeOf(content, content.length)}: ${content === "" ? "the file is empty" : "the JSON ends too early"}`;
}

/** Whether an error of node:fs says that there is no such file; below a file (ENOTDIR) there is none either. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function unreadable(path: string, cause: unknown): EvenkeelError {
  return new EvenkeelError(`cannot read the state file ${path}: ${cause instanceof Error ? cause.message : ""}`, {
    code: "STATE_UNREADABLE",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "run the command as the user who made the cluster, or choose another folder: EVENKEEL_HOME=FOLDER",
    cause,
    details: { file: path },
  });
}

/**
 * Reads a state file, or undefined when there is none.
 *
 * @param path the JSON file
 * @param shape what it must have
 * @param options.hint the next command for somebody whose file is broken
 * @throws EvenkeelError `STATE_CORRUPT`, naming the file and the place; `STATE_UNREADABLE`
 */
export function readStateFile<T>(path: string, shape: Shape<T>, options: { readonly hint: string }): T | undefined {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
  const fail = (where: string, cause?: unknown): never => {
    throw new EvenkeelError(`the state file ${path} is corrupt: ${where}`, {
      code: "STATE_CORRUPT",
      owner: "environment",
      exitCode: EXIT.refused,
      hint: options.hint,
      cause,
      details: { file: path, where },
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    return fail(whereJsonBroke(content, error), error);
  }
  return hasShape(value, shape) ? value : fail(shape(value, "") ?? "");
}
