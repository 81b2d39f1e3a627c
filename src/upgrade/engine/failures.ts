import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";

/** Refused before anything was touched: exit 3. */
export function refused(
  code: string,
  message: string,
  hint: string,
  details: Readonly<Record<string, unknown>> = {},
): EvenkeelError {
  return new EvenkeelError(message, { code, owner: "user", exitCode: EXIT.refused, hint, details });
}

/** A step did not come to its proof: the upgrade is taken back. */
export function stepFailed(
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): EvenkeelError {
  return new EvenkeelError(message, { code, owner: "environment", details });
}

/** What clients see is beyond a hard limit: the upgrade is taken back. */
export function hardLimit(reason: string): EvenkeelError {
  return new EvenkeelError(`a hard limit was passed: ${reason}`, {
    code: "HARD_LIMIT",
    owner: "environment",
    details: { reason },
  });
}

/** Held for longer than the policy allows: a person has to decide. Exit 6; the journal stays open. */
export function braked(reason: string): EvenkeelError {
  return new EvenkeelError(`the upgrade is braked: ${reason}`, {
    code: "BRAKED",
    owner: "environment",
    exitCode: EXIT.braked,
    retryable: true,
    hint: "evenkeel release, then the same command again; or evenkeel rollback --execute",
  });
}
