import type { Event, EventLevel } from "../ports/event-sink.js";

/** Codes that repeat while something lasts: a terminal shows the latest, lines show one now and then. */
const TICKS: ReadonlySet<string> = new Set(["WAIT_PROGRESS", "WITNESS_WINDOW"]);

/** The command line itself prints these; a host that did so too would say everything twice. */
const PRINTED_ELSEWHERE: ReadonlySet<string> = new Set(["RESULT", "ERROR"]);

export type Verbosity = "all" | "warnings";

export function isTick(event: Event): boolean {
  return TICKS.has(event.code);
}

const isWarning = (level: EventLevel): boolean => level === "error" || level === "warn";

/** Whether an event of this level can be a line for people to read. */
export const isHeard = (level: EventLevel, verbosity: Verbosity): boolean => verbosity === "all" || isWarning(level);

/** Whether an event is a line for people to read. */
export function isShown(event: Event, verbosity: Verbosity): boolean {
  if (!isHeard(event.level, verbosity) || PRINTED_ELSEWHERE.has(event.code)) return false;
  if (event.code === "CHECK_FINDING" && event.data["status"] === "pass") return false;
  return isWarning(event.level) || event.level === "info" || event.code === "WITNESS_WINDOW";
}

/** Control characters of a message (a server's name, a path) must not reach the terminal. */
export function toPlain(message: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return message.replaceAll(/[\u0000-\u001F\u007F-\u009F]+/gu, " ");
}
