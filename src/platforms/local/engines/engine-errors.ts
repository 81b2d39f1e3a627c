import type { EngineSpec } from "../../../cluster/engines.js";
import { EvenkeelError, EXIT } from "../../../errors/evenkeel-error.js";

const LONGEST_REASON = 400;

/** `ENGINE_FETCH_FAILED`: the packages could not be had now. */
export function fetchFailed(
  request: EngineSpec,
  reason: string,
  options: { readonly hint?: string; readonly cause?: unknown; readonly retryable?: boolean } = {},
): EvenkeelError {
  const asked = `${request.engine}@${request.version}`;
  // One mirror that is down complains once per suite; all of it is in the details.
  const short = reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
  return new EvenkeelError(`${asked} could not be fetched from the distribution's packages: ${short}`, {
    code: "ENGINE_FETCH_FAILED",
    owner: "environment",
    retryable: options.retryable ?? true,
    exitCode: EXIT.refused,
    hint: options.hint ?? "check that `apt-get update` works on this machine, then run the same command again",
    cause: options.cause,
    details: { engine: request.engine, version: request.version, reason },
  });
}

/** `ENGINE_BROKEN`: a package was fetched whole and its server does not run. */
export function packageBroken(what: string, reason: string): EvenkeelError {
  return new EvenkeelError(`${what} was fetched and does not run: ${reason}`, {
    code: "ENGINE_BROKEN",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "nothing of it was kept; ask for another version, or name a folder with a build of it in EVENKEEL_ENGINES",
    details: { what, reason },
  });
}

/** `ENGINE_BROKEN`: a server is there and does not run. */
export function engineBroken(path: string, reason: string): EvenkeelError {
  return new EvenkeelError(`${path} is not a server that runs: ${reason}`, {
    code: "ENGINE_BROKEN",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: `run \`${path} --version\` to see it, then mend it, or take its folder out of EVENKEEL_ENGINES or PATH`,
    details: { path, reason },
  });
}
