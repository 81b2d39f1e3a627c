import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";
import { parseLockDetail, type LockInfo } from "./lock-info.js";
import type { Diagnostic } from "./ui-message.js";

/** What was asked of Terraform, for the error. */
export interface Failure {
  /** e.g. `plan`. */
  readonly command: string;
  /** Environment, or `bootstrap`. */
  readonly id: string;
  readonly diagnostics: readonly Diagnostic[];
  /** What it printed beside diagnostics. */
  readonly rest?: string;
}

/** The error for a state that somebody else has locked. */
export function lockedError(id: string, lock: LockInfo): EvenkeelError {
  const operation = lock.operation.replace("OperationType", "").toLowerCase();
  return new EvenkeelError(`the state of ${id} is locked by ${lock.who} since ${lock.since} (${operation})`, {
    code: "STATE_LOCKED",
    owner: "environment",
    retryable: true,
    exitCode: EXIT.refused,
    hint: `wait until that run is over; if it is dead: evenkeel infra unlock ${id}`,
    details: { lock },
  });
}

interface Known {
  readonly pattern: RegExp;
  readonly code: string;
  readonly message: string;
  readonly hint: (failure: Failure) => string;
  readonly retryable?: boolean;
  /** Nothing was touched. */
  readonly refused?: boolean;
}

const KNOWN: readonly Known[] = [
  {
    pattern: /saved plan is stale|plan file .* (?:stale|can no longer be applied)/iu,
    code: "PLAN_STALE",
    message: "the state has changed since this plan was made",
    refused: true,
    hint: ({ id }) => `evenkeel infra plan ${id}`,
  },
  {
    pattern:
      /no valid credential sources|ExpiredToken|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|get credentials|sso session/iu,
    code: "AWS_CREDENTIALS",
    message: "AWS does not accept the credentials, or there are none",
    hint: () => "set AWS_PROFILE or sign in (aws sso login), then: evenkeel infra doctor",
  },
  {
    pattern: /NoSuchBucket|bucket does not exist/iu,
    code: "STATE_BUCKET_MISSING",
    message: "the bucket that is to hold the state does not exist",
    hint: () => "evenkeel infra bootstrap",
  },
  {
    pattern: /AccessDenied|UnauthorizedOperation|not authorized to perform/iu,
    code: "AWS_DENIED",
    message: "AWS refused a call that these credentials may not make",
    hint: () => "evenkeel infra doctor; the policies for plan and apply are in infra/modules/backend",
  },
  {
    pattern: /backend configuration changed|migrat(?:e|ing) (?:existing )?state/iu,
    code: "BACKEND_CHANGED",
    message: "the bucket or key of the state has changed since this folder was set up",
    hint: ({ id }) => `in the root of ${id}: terraform init -migrate-state -backend-config=${id}.s3.tfbackend`,
  },
  {
    pattern:
      /failed to query available provider packages|could not connect to registry|registry service is unreachable|error accessing remote module registry|Failed to download module/iu,
    code: "REGISTRY_UNREACHABLE",
    message: "Terraform cannot fetch providers or modules from its registry",
    hint: () => "check the network or the proxy (HTTPS_PROXY), then run the command again",
    retryable: true,
  },
];

/** Commands of ours, where Terraform's is named otherwise. */
const RETRY: Readonly<Record<string, string>> = { init: "plan", show: "plan", state: "plan", "force-unlock": "unlock" };

const FIRST_LINES = 3;

const firstLines = (text: string): string => text.trim().split("\n").slice(0, FIRST_LINES).join(" ").trim();

/** What Terraform's complaints mean, with the next command. Its own words are in the details. */
export function explainFailure(failure: Failure): EvenkeelError {
  const { command, id, diagnostics } = failure;
  // Where Terraform speaks to people it draws a frame around its complaint.
  const rest = (failure.rest ?? "").replaceAll(/^[│╷╵] ?/gmu, "").replace(/^[\s\S]*?(?=Error: )/u, "");
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const said = errors.map(({ summary, detail, where, address }) =>
    [where ?? address, summary, firstLines(detail)].filter((part) => part !== undefined && part !== "").join(": "),
  );
  const text = errors.map(({ summary, detail }) => `${summary}\n${detail}`).join("\n") || rest;
  const lock = /acquiring the state lock|ConditionalCheckFailed|PreconditionFailed/u.test(text)
    ? parseLockDetail(text)
    : undefined;
  if (lock !== undefined) return lockedError(id, lock);
  const known = KNOWN.find(({ pattern }) => pattern.test(text));
  const details = { environment: id, terraform: said.length > 0 ? said : [firstLines(rest)] };
  if (known !== undefined)
    return new EvenkeelError(`terraform ${command} of ${id} failed: ${known.message}`, {
      code: known.code,
      owner: "environment",
      retryable: known.retryable ?? false,
      ...(known.refused === true ? { exitCode: EXIT.refused } : {}),
      hint: known.hint(failure),
      details,
    });
  const first = said[0] ?? (firstLines(rest) || "it did not say why");
  return new EvenkeelError(`terraform ${command} of ${id} failed: ${first}`, {
    code: "TERRAFORM_FAILED",
    owner: "environment",
    hint: `correct it, then run again: evenkeel infra ${RETRY[command] ?? command} ${id}`,
    details: { ...details, terraform: details.terraform.slice(1) },
  });
}
