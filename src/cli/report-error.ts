import { createPaint, wantsColor } from "../hosts/paint.js";
import { explainError, toEvenkeelError } from "./explain-error.js";
import type { OutputStream } from "./io.js";
import { toJsonText } from "./output.js";
import type { Session } from "./session.js";

/** Whether machines read stdout; asked also when the rest of the command line could not be understood. */
function asksForJson(argv: readonly string[]): boolean {
  return argv.some(
    (argument, i) => argument === "--output=json" || (argument === "--output" && argv[i + 1] === "json"),
  );
}

/** Whether one of the session's streams is coloured. */
export function isColored({ argv, io }: Session, stream: OutputStream): boolean {
  return wantsColor({ env: io.env, isTTY: stream.isTTY === true, disabled: argv.includes("--no-color") });
}

/**
 * Tells an error: for people on stderr, for machines on stdout where they asked for it.
 * @returns its exit code
 */
export function reportError(thrown: unknown, session: Session): number {
  const { argv, io } = session;
  const error = toEvenkeelError(thrown);
  const paint = createPaint(isColored(session, io.stderr));
  session.stderr.write(explainError(error, { paint, debug: io.env["EVENKEEL_DEBUG"] === "1" }));
  if (asksForJson(argv)) session.stdout.write(toJsonText({ error: error.toJSON() }));
  return error.exitCode;
}
