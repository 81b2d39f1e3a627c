import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";
import type { BucketState } from "../aws/state-store.js";

/** What was found before the state bucket is made. */
export interface BootstrapSituation {
  readonly bucket: string;
  readonly region: string;
  readonly found: BucketState;
  /** The bucket holds the state of the bootstrap root. */
  readonly hasOwnState: boolean;
  /** A local state is in the root, and it knows this bucket. */
  readonly localKnowsBucket: boolean;
  /** A local state with any resource in it is in the root. */
  readonly hasLocalState: boolean;
}

/**
 * Where to begin: `create` all from nothing, `resume` from the local state, `migrate` what is left of it, or only `update` what
 * lies in the bucket already.
 */
export type BootstrapStep = "create" | "resume" | "migrate" | "update";

function refuse(message: string, code: string, hint: string, { bucket }: BootstrapSituation): EvenkeelError {
  return new EvenkeelError(message, { code, owner: "user", exitCode: EXIT.refused, hint, details: { bucket } });
}

/**
 * Decides where a bootstrap begins, so that it can be repeated after any end.
 * @throws EvenkeelError `BUCKET_TAKEN`, `BUCKET_ELSEWHERE`, `BUCKET_NOT_OURS`
 */
export function chooseStep(situation: BootstrapSituation): BootstrapStep {
  const { bucket, region, found, hasOwnState, localKnowsBucket, hasLocalState } = situation;
  if (found === "foreign")
    throw refuse(
      `bucket ${bucket} exists and belongs to somebody else, or these credentials may not see it`,
      "BUCKET_TAKEN",
      "put your account's id into state.bucket, or use the credentials of its owner",
      situation,
    );
  if (found === "elsewhere")
    throw refuse(
      `bucket ${bucket} exists in another region than ${region}`,
      "BUCKET_ELSEWHERE",
      "correct state.region, or take another name in state.bucket",
      situation,
    );
  if (found === "missing") return hasLocalState ? "resume" : "create";
  if (hasOwnState) return hasLocalState ? "migrate" : "update";
  if (localKnowsBucket) return "resume";
  throw refuse(
    `bucket ${bucket} exists and was not made by evenkeel`,
    "BUCKET_NOT_OURS",
    `take another name in state.bucket; if it is yours and meant: terraform import module.backend.aws_s3_bucket.state ${bucket} in the bootstrap root`,
    situation,
  );
}
