import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";

export interface Refusal {
  /** The next command to type. */
  readonly hint: string;
  /** True when waiting may be enough. @default false */
  readonly retryable?: boolean;
}

/**
 * What cannot be planned safely.
 * @param message what is in the way, with the pod or shard it is about
 */
export function refuse(message: string, { hint, retryable = false }: Refusal): EvenkeelError {
  return new EvenkeelError(message, {
    code: "UPGRADE_REFUSED",
    owner: retryable ? "environment" : "user",
    exitCode: EXIT.refused,
    retryable,
    hint,
  });
}
