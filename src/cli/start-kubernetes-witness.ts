import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { AgentCaller } from "../platforms/kubernetes/agents/call-agent.js";
import type { KubeApi } from "../platforms/kubernetes/api/connect.js";
import type { KubeRelease } from "../platforms/kubernetes/release/find-release.js";
import { launchWitnessJob } from "../platforms/kubernetes/witness/launch-witness-job.js";
import {
  WITNESS_PASSWORD,
  WITNESS_TLS,
  WITNESS_TOKEN,
  witnessPlace,
} from "../platforms/kubernetes/witness/witness-settings.js";
import type { Platform } from "../ports/platform.js";
import type { RunningWitness } from "../ports/witness.js";
import { startWitnessJob } from "../witness/start-witness-job.js";
import { LIBRARIES } from "../witness/witness-config.js";
import type { CommandContext } from "./context.js";
import type { LoadSettings } from "./start-load.js";

/** The same place seen from `src/cli` and from `dist/cli`. */
const PROGRAM = fileURLToPath(new URL("../../dist/programs/witness", import.meta.url));
/** A pod on a node that is busy pulling images is slow at first. */
const CONNECT_SECONDS = 60;
/** An upgrade of much data takes hours; a Job that nobody follows ends itself long before. */
const LIVES_SECONDS = 24 * 3600;

/** The witness as a Job beside the cluster, run by the image of its agents. */
export async function startKubernetesWitness(
  { recorder }: CommandContext,
  {
    api,
    release,
    caller,
    platform,
  }: {
    readonly api: KubeApi;
    readonly release: KubeRelease;
    readonly caller: AgentCaller;
    readonly platform: Platform;
  },
  { rate, ttlSeconds, cleanup, clients = LIBRARIES, forSeconds, signal }: LoadSettings,
): Promise<RunningWitness> {
  const pods = await platform.pods();
  const place = await witnessPlace(api, release);
  const mounted = (file: string): boolean => place.secrets.some(({ path }) => path === file);
  const tls = mounted(WITNESS_TLS.caFile);
  const { namespace, fullname, addresses, clusterDomain } = release;
  const zone = `${addresses === "stable" ? "" : `${fullname}-headless.`}${namespace}.svc.${clusterDomain}`;
  return startWitnessJob(
    {
      // Certificates hold names, not addresses.
      seeds: pods
        .filter((pod) => pod.address !== "" && pod.uid !== "")
        .map(({ name, address, port }) => ({ address: tls ? `${name}.${zone}` : address, port })),
      rate,
      ttlSeconds,
      cleanup,
      clients: [...new Set(clients)],
      ...(forSeconds === undefined ? {} : { forSeconds }),
      connectSeconds: CONNECT_SECONDS,
      run: `${recorder.run}-${randomBytes(3).toString("hex")}`,
      tokenFile: WITNESS_TOKEN,
      ...(mounted(WITNESS_PASSWORD) ? { passwordFile: WITNESS_PASSWORD } : {}),
      ...(tls ? { tls: WITNESS_TLS } : {}),
    },
    {
      launch: (settings) =>
        launchWitnessJob(api, {
          ...place,
          fullname: release.fullname,
          release: release.name,
          caller,
          programFolder: PROGRAM,
          settings,
          runner: recorder.run,
          purpose: forSeconds === undefined ? "upgrade" : "load",
          maxSeconds: forSeconds === undefined ? LIVES_SECONDS : Math.ceil(forSeconds) + 600,
        }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
}
