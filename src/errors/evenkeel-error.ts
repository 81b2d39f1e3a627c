/** Who has to act on an error. */
export type ErrorOwner = "user" | "environment" | "bug";

/** Exit codes of the command line (docs/exit-codes.md). */
export const EXIT = {
  done: 0,
  failedRolledBack: 1,
  usage: 2,
  refused: 3,
  failed: 4,
  declined: 5,
  braked: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface EvenkeelErrorOptions {
  /** Stable, upper case, e.g. `ENGINE_NOT_FOUND`. */
  readonly code: string;
  readonly owner: ErrorOwner;
  /** True when the same call may succeed later without anything being changed. */
  readonly retryable?: boolean;
  /** The next command to type, or what to change. */
  readonly hint?: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
  /** Facts for machines (`--output json`). Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const brand = Symbol.for("evenkeel.error");

/** The one error class. The message says what happened and to what; the hint says what to type next. */
export class EvenkeelError extends Error {
  readonly code: string;
  readonly owner: ErrorOwner;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [brand] = true;

  constructor(message: string, options: EvenkeelErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "EvenkeelError";
    this.code = options.code;
    this.owner = options.owner;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? (options.owner === "user" ? EXIT.usage : EXIT.failed);
    this.details = options.details ?? {};
  }

  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      owner: this.owner,
      retryable: this.retryable,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      details: this.details,
    };
  }
}

/** True for our own error, also when it comes from a second copy of the package. */
export function isEvenkeelError(error: unknown): error is EvenkeelError {
  return typeof error === "object" && error !== null && brand in error;
}
