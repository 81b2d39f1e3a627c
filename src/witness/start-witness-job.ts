import type { RunningWitness, WitnessProcess } from "../ports/witness.js";
import { followWitness } from "./follow-witness.js";
import { parseWitnessConfig, type WitnessConfigInput } from "./witness-config.js";

export interface StartWitnessJobOptions {
  /** Starts the program somewhere with these settings. */
  readonly launch: (settings: object) => Promise<WitnessProcess>;
  readonly signal?: AbortSignal;
}

/** A node may have to pull the image first. */
const START_GRACE_MS = 180_000;
/** An API server may be away for minutes while its provider upgrades it; the load goes on meanwhile. */
const SILENCE_MAX_MS = 300_000;

/**
 * Starts a witness that takes its orders by HTTP, such as a Job in the cluster.
 * @param config its file paths are those of the place where the program runs; `tokenFile` is needed
 * @returns once every client has had commands answered and the load runs
 * @throws EvenkeelError `WITNESS_CONFIG`, `WITNESS_NOT_CONNECTED`, `WITNESS_GONE`, `WITNESS_SILENT`, `WITNESS_ABORTED`; those
 * of `launch`
 */
export async function startWitnessJob(
  config: WitnessConfigInput,
  { launch, signal }: StartWitnessJobOptions,
): Promise<RunningWitness> {
  const complete = parseWitnessConfig({ ...config, control: "http" });
  return followWitness(await launch(complete), {
    startMs: complete.connectSeconds * 1000 + START_GRACE_MS,
    silenceMs: SILENCE_MAX_MS,
    signal,
  });
}
