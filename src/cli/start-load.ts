import type { RunningWitness } from "../ports/witness.js";
import { LIBRARIES, type Library } from "../witness/witness-config.js";
import type { CommandContext } from "./context.js";
import type { OpenCluster } from "./open-cluster.js";

export interface LoadSettings {
  /** Commands per second, all clients together. */
  readonly rate: number;
  /** Time to live of the witness's keys; 0: they stay. */
  readonly ttlSeconds: number;
  /** Remove the keys after the read-back. */
  readonly cleanup: boolean;
  /** @default all */
  readonly clients?: readonly Library[];
  /** The load ends by itself after this long. */
  readonly forSeconds?: number;
  /** Ends a witness that is still being started. */
  readonly signal?: AbortSignal;
}

/** Puts the witness on the cluster; its windows become events. */
export async function startLoad(
  { recorder }: CommandContext,
  cluster: Pick<OpenCluster, "startWitness">,
  settings: LoadSettings,
): Promise<RunningWitness> {
  const { rate, clients = LIBRARIES } = settings;
  const witness = await cluster.startWitness(settings);
  recorder.emit("WITNESS_STARTED", `${rate} commands a second by ${clients.join(", ")}`, {
    ratePerSecond: rate,
    clients,
  });
  tellWindows(recorder, witness);
  return witness;
}

/** Makes the windows of a witness events. */
export function tellWindows(recorder: CommandContext["recorder"], witness: RunningWitness): void {
  witness.onWindow((window) =>
    recorder.emit("WITNESS_WINDOW", `${window.commands} commands, ${window.failed} failed`, window),
  );
}
