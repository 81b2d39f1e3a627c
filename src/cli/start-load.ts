import { join } from "node:path";
import { clusterPaths } from "../platforms/local/state-paths.js";
import type { RunningWitness } from "../ports/witness.js";
import { startWitness } from "../witness/start-witness.js";
import { LIBRARIES, type Library } from "../witness/witness-config.js";
import type { UpgradableCluster } from "./compose.js";
import type { CommandContext } from "./context.js";

export interface LoadSettings {
  /** Commands per second, all clients together. */
  readonly rate: number;
  readonly clients?: readonly Library[];
  /** Time to live of the witness's keys; 0: they stay. */
  readonly ttlSeconds?: number;
  /** Remove the keys after the read-back. */
  readonly cleanup?: boolean;
  readonly forSeconds?: number;
}

/** Puts the witness on the cluster; its windows become events. */
export async function startLoad(
  context: CommandContext,
  cluster: UpgradableCluster,
  settings: LoadSettings,
): Promise<RunningWitness> {
  const { recorder, home, name, signal } = context;
  const clients = settings.clients ?? LIBRARIES;
  const pods = await cluster.platform.pods();
  const witness = await startWitness(
    {
      seeds: pods.filter((pod) => pod.address !== "").map(({ address, port }) => ({ address, port })),
      rate: settings.rate,
      clients: [...clients],
      run: recorder.run,
      ttlSeconds: settings.ttlSeconds ?? 0,
      cleanup: settings.cleanup ?? false,
      ...(settings.forSeconds === undefined ? {} : { forSeconds: settings.forSeconds }),
      ...(cluster.file.passwordFile === undefined ? {} : { passwordFile: cluster.file.passwordFile }),
    },
    { folder: join(clusterPaths(home, name).dir, "witness"), signal },
  );
  recorder.emit("WITNESS_STARTED", `${settings.rate} commands a second by ${clients.join(", ")}`, {
    ratePerSecond: settings.rate,
    clients,
  });
  witness.onWindow((window) =>
    recorder.emit("WITNESS_WINDOW", `${window.commands} commands, ${window.failed} failed`, window),
  );
  return witness;
}
