import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ClusterFile } from "../platforms/local/cluster-file.js";
import { clusterPaths } from "../platforms/local/state-paths.js";
import type { Platform } from "../ports/platform.js";
import type { RunningWitness } from "../ports/witness.js";
import { startWitness } from "../witness/start-witness.js";
import { LIBRARIES } from "../witness/witness-config.js";
import type { CommandContext } from "./context.js";
import type { LoadSettings } from "./start-load.js";

/** The witness as a process beside this one. It outlives an interrupt of the command: whoever started it ends it. */
export async function startLocalWitness(
  { recorder, home, name }: CommandContext,
  { platform, file }: { readonly platform: Platform; readonly file: ClusterFile },
  { rate, ttlSeconds, cleanup, clients = LIBRARIES, forSeconds, signal }: LoadSettings,
): Promise<RunningWitness> {
  const pods = await platform.pods();
  return startWitness(
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
}
