import { EvenkeelError } from "../errors/evenkeel-error.js";

/** The error of every parser: what was read, and the line or value that is not as it should be. */
export function parseFailed(what: string, line: string, reason: string): EvenkeelError {
  return new EvenkeelError(`${what} cannot be read: ${reason}: ${JSON.stringify(line)}`, {
    code: "PARSE_FAILED",
    owner: "environment",
    hint: "check that the address is that of a Redis or Valkey server in cluster mode",
    details: { what, line, reason },
  });
}
