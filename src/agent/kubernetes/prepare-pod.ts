import { dirname, join } from "node:path";
import { systemClock } from "../../ports/system-clock.js";
import type { AgentConfig } from "../config.js";
import { startHttp } from "../http-server.js";
import type { FindPeers } from "../peers.js";
import { type ClusterFile, readClusterFile } from "./cluster-file.js";
import { allNamesGone, findByDns } from "./find-by-dns.js";
import { createLookUp, type LookUp } from "./look-up.js";
import { dnsName } from "./names.js";
import { apiAccess, readNodeZone } from "./node-zone.js";
import { createPodCount } from "./pod-count.js";
import { type PodEnvironment, readPodEnvironment } from "./pod-environment.js";
import { readSize, resolveConfig } from "./resolve-config.js";
import { waitForAddress } from "./wait-for-address.js";

/** What the agent of a pod runs on. */
export interface PreparedPod {
  readonly config: AgentConfig;
  readonly findPeers: FindPeers;
  readonly isRemoved?: () => Promise<boolean>;
  /** The address that the pod is to announce now, when it is no longer the one that this agent began with. */
  readonly movedTo?: () => Promise<string | undefined>;
}

/** A zone that cannot be learned only makes placement worse; the server must start all the same. */
async function withZone(
  pod: PodEnvironment,
  env: NodeJS.ProcessEnv,
  log: (message: string) => void,
): Promise<PodEnvironment> {
  const api = apiAccess(env);
  if (pod.zone !== "" || api === undefined) return pod;
  try {
    return { ...pod, zone: await readNodeZone(pod.host, api) };
  } catch (error) {
    log(`the zone of ${pod.host} is not known: ${error instanceof Error ? error.message : String(error)}`);
    return pod;
  }
}

/** The announced address; while DNS does not tell it, the agent's port says what it waits for. */
async function announcedAddress(
  file: ClusterFile,
  pod: PodEnvironment,
  { lookUp, log }: { readonly lookUp: LookUp; readonly log: (message: string) => void },
): Promise<string> {
  if (file.addresses === "pod") return pod.podAddress;
  let reason = "looks its own address up";
  const waiting = (): { status: number; body: unknown } => ({
    status: 503,
    body: { pod: pod.pod, phase: "preparing", reason },
  });
  const routes = { get: { "/started": waiting, "/status": waiting, "/ready": waiting }, post: {} };
  const server = await startHttp(undefined, file.httpPort, { routes, token: () => "" });
  const name = dnsName(pod.pod, file);
  const onWait = (why: string): void => {
    reason = why;
    log(why);
  };
  const address = await waitForAddress({ clock: systemClock, lookUp, name, onWait });
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  return address;
}

/**
 * Brings together what an agent on Kubernetes needs: the chart's file, the pod's environment, its announced address.
 * Resolves once that address is known.
 * @throws EvenkeelError `AGENT_CONFIG`, `ENGINE_UNKNOWN`
 */
export async function preparePod(
  path: string,
  env: NodeJS.ProcessEnv,
  log: (message: string) => void,
): Promise<PreparedPod> {
  const file = readClusterFile(path);
  const lookUp = createLookUp();
  const pod = await withZone(readPodEnvironment(env), env, log);
  const count = createPodCount({
    clock: systemClock,
    // Under the headless Service only living pods have names: there the mounted file has to do.
    lookUp: file.addresses === "stable" ? lookUp : () => Promise.resolve(undefined),
    nameOf: (ordinal) => dnsName(`${file.fullname}-${ordinal}`, file),
    told: () => readSize(file)?.pods ?? file.shards * (1 + file.replicas),
    file: join(dirname(file.gate), "size.json"),
  });
  await count.refresh();
  const announced = await announcedAddress(file, pod, { lookUp, log });
  const config = { ...resolveConfig(file, pod, announced), sizeFile: join(dirname(file.gate), "size.json") };
  const dns = {
    lookUp,
    pods: () => Array.from({ length: count.pods() }, (_, ordinal) => `${file.fullname}-${ordinal}`),
    nameOf: (name: string) => dnsName(name, file),
  };
  const find = findByDns({ ...dns, clock: systemClock, ownPod: pod.pod });
  return {
    config,
    findPeers: async () => {
      await count.refresh();
      return find();
    },
    isRemoved: () => allNamesGone(dns),
    movedTo: async () => {
      if (file.addresses === "pod") return undefined;
      const present = await lookUp(dnsName(pod.pod, file)).catch(() => undefined);
      return present === undefined || present.address === config.announceAddress ? undefined : present.address;
    },
  };
}
