import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ClusterFile } from "../platforms/local/cluster-file.js";
import { clusterPaths } from "../platforms/local/state-paths.js";
import type { Platform } from "../ports/platform.js";
import type { RunningWitness } from "../ports/witness.js";
import { startWitness } from "../witness/start-witness.js";
import { LIBRARIES, type Library } from "../witness/witness-config.js";
import type { CommandContext } from "./context.js";

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

/**
 * Puts the witness on the cluster; its windows become events. It outlives an interrupt of the command: whoever started it ends
 * it, with its read-back.
 */
export async function startLoad(
  { recorder, home, name }: CommandContext,
  { platform, file }: { readonly platform: Platform; readonly file: ClusterFile },
  settings: LoadSettings,
): Promise<RunningWitness> {
  const { rate, ttlSeconds, cleanup, clients = LIBRARIES, forSeconds, signal } = settings;
  const pods = await platform.pods();
  const witness = await startWitness(
    {
      seeds: pods
        .filter((pod) => pod.address !== "" && pod.phase !== "stopped")
        .map(({ address, port }) => ({ address, port })),
      rate,
      ttlSeconds,
      cleanup,
      clients: [...new Set(clients)],
      ...(forSeconds === undefined ? {} : { forSeconds }),
      run: `${recorder.run}-${randomBytes(3).toString("hex")}`,
      ...(file.passwordFile === undefined ? {} : { passwordFile: file.passwordFile }),
    },
    { folder: join(clusterPaths(home, name).dir, "witness"), ...(signal === undefined ? {} : { signal }) },
  );
  recorder.emit("WITNESS_STARTED", `${rate} commands a second by ${clients.join(", ")}`, {
    ratePerSecond: rate,
    clients,
  });
  witness.onWindow((window) =>
    recorder.emit("WITNESS_WINDOW", `${window.commands} commands, ${window.failed} failed`, window),
  );
  return witness;
}
