import { EvenkeelError, EXIT, isEvenkeelError } from "../errors/evenkeel-error.js";
import { toPlain } from "../hosts/describe-event.js";
import type { Paint } from "../hosts/paint.js";

/** Any thrown value as our error. What is not ours is a bug of ours until someone proves otherwise. */
export function toEvenkeelError(error: unknown): EvenkeelError {
  if (isEvenkeelError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EvenkeelError(`internal error: ${message || "no message"}`, {
    code: "INTERNAL",
    owner: "bug",
    exitCode: EXIT.failed,
    hint: "run the command again with EVENKEEL_DEBUG=1 and report what it prints",
    cause: error,
  });
}

/** True when the error only says that the run was told to stop. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  for (let cause = error, depth = 0; cause !== undefined && cause !== null && depth < 5; depth += 1) {
    if (cause === signal.reason) return true;
    const { name, code, isCanceled } = cause as { name?: unknown; code?: unknown; isCanceled?: unknown };
    if (name === "AbortError" || code === "ABORT_ERR" || isCanceled === true) return true;
    cause = (cause as { cause?: unknown }).cause;
  }
  return false;
}

function toText(value: unknown): string | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const parts = value.map(toText);
  return parts.every((part) => part !== undefined) ? parts.join("; ") : undefined;
}

/** The details that the message does not say already. */
function listDetails(error: EvenkeelError): readonly string[] {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(error.details)) {
    const text = toText(value);
    if (text === undefined || text === "" || error.message.includes(text)) continue;
    lines.push(`${name}: ${toPlain(text)}`);
  }
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  if (cause !== undefined && cause !== "" && !error.message.includes(cause)) lines.push(`because: ${toPlain(cause)}`);
  return lines;
}

function listStack(error: EvenkeelError): readonly string[] {
  const stack = (error.cause instanceof Error ? error.cause : error).stack ?? "";
  return stack.split("\n");
}

export interface ExplainOptions {
  readonly paint: Paint;
  /** With the stack. */
  readonly debug: boolean;
}

/** An error for people, in three parts: what happened to what, the details, what to type next. */
export function explainError(error: EvenkeelError, { paint, debug }: ExplainOptions): string {
  const lines = [
    `${paint("red", "error:")} ${error.message}`,
    ...listDetails(error).map((line) => `  ${line}`),
    ...(debug ? listStack(error).map((line) => paint("dim", `  ${line}`)) : []),
    ...(error.hint === undefined ? [] : [`  ${paint("bold", "next:")} ${error.hint}`]),
  ];
  return `${lines.join("\n")}\n`;
}
