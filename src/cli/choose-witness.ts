import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { RunningWitness } from "../ports/witness.js";
import type { ExternalWitnessConfig } from "../witness/external/external-config.js";
import type { CommandContext } from "./context.js";
import { tellWindows } from "./start-load.js";

/** Who says how the clients fare, as the command line has it. */
export interface WitnessFlags {
  readonly witness: "on" | "off" | "external";
  /** With `external`: where the measurement is found. */
  readonly witnessConfig?: string | undefined;
  /** Commands per second of a witness of ours. */
  readonly rate: number;
}

/** A witness of ours at so many commands a second (0: none), or somebody else's. */
export type WitnessChoice = number | ExternalWitnessConfig;

/**
 * Reads what the flags mean, before anything is touched.
 * @throws EvenkeelError `WITNESS_FLAGS` when they contradict each other, `WITNESS_CONFIG`
 */
export async function chooseWitness({ witness, witnessConfig, rate }: WitnessFlags): Promise<WitnessChoice> {
  if (witness !== "external") {
    if (witnessConfig !== undefined) throw misused("--witness-config goes with --witness external");
    return witness === "off" ? 0 : rate;
  }
  if (witnessConfig === undefined)
    throw misused("--witness external needs --witness-config FILE: where the measurement is found");
  const { readExternalConfig } = await import("../witness/external/external-config.js");
  return readExternalConfig(witnessConfig);
}

function misused(message: string): EvenkeelError {
  return new EvenkeelError(message, {
    code: "WITNESS_FLAGS",
    owner: "user",
    hint: "docs/kubernetes/external-witness.md shows both kinds of FILE",
  });
}

/** Begins to ask somebody else's measurement; its windows become events. */
export async function startExternal(
  { recorder }: CommandContext,
  config: ExternalWitnessConfig,
): Promise<RunningWitness> {
  const { startExternalWitness } = await import("../witness/external/start-external-witness.js");
  const witness = await startExternalWitness(config);
  const { host } = new URL(config.url);
  recorder.emit("WITNESS_STARTED", `${host} says how the clients fare`, { ratePerSecond: 0, clients: ["external"] });
  tellWindows(recorder, witness);
  return witness;
}
