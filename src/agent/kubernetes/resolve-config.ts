import { readIfThere } from "../files.js";
import type { AgentConfig } from "../config.js";
import type { ClusterFile, SizeFile } from "./cluster-file.js";
import { dnsName } from "./names.js";
import type { PodEnvironment } from "./pod-environment.js";

/**
 * Makes of what all pods share, of what is the pod's own and of its announced address the configuration that an agent runs
 * on. The server listens on all addresses of the pod, and its agent speaks to it on loopback.
 */
export function resolveConfig(file: ClusterFile, pod: PodEnvironment, announceAddress: string): AgentConfig {
  const follow = readSize(file)?.follow?.[pod.pod];
  return {
    pod: pod.pod,
    ordinal: pod.ordinal,
    cluster: file.cluster,
    placement: { pod: pod.pod, host: pod.host, zone: pod.zone },
    bindAddress: "*",
    ownAddress: "127.0.0.1",
    announceAddress,
    addresses: file.addresses,
    serverPort: file.serverPort,
    controlPort: file.controlPort,
    httpPort: file.httpPort,
    shards: file.shards,
    replicas: file.replicas,
    engine: pod.engine,
    version: pod.version,
    dataDir: file.dataDir,
    gate: file.gate,
    tokenFile: file.tokenFile,
    ...(file.passwordFile === undefined ? {} : { passwordFile: file.passwordFile }),
    ...(file.usersFile === undefined ? {} : { usersFile: file.usersFile }),
    agentUser: true,
    ...(file.tls === undefined ? {} : { tls: file.tls, announceHostname: dnsName(pod.pod, file).replace(/\.$/, "") }),
    targetFile: file.targetFile,
    sizeFile: file.sizeFile,
    serverIsInit: true,
    ...(follow === undefined ? {} : { follow }),
    nodeTimeoutMs: file.nodeTimeoutMs,
    gracePeriodMs: file.gracePeriodMs,
    handoverBudgetMs: file.handoverBudgetMs,
    serverConfig: pod.serverConfig,
    scripts: file.scripts,
  };
}

/** How many pods there are now, and which shards added ones join; undefined when the file does not tell. */
export function readSize({ sizeFile }: Pick<ClusterFile, "sizeFile">): SizeFile | undefined {
  try {
    const size = JSON.parse(readIfThere(sizeFile) ?? "null") as SizeFile | null;
    return size ?? undefined;
  } catch {
    return undefined;
  }
}
