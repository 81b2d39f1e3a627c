import type { AgentConfig } from "../../../agent/config.js";
import { AGENT_CONTROL_PORT, AGENT_HTTP_PORT, HANDOVER_BUDGET_MS, SERVER_PORT } from "../../../cluster/constants.js";
import { placementFor } from "../cluster-file.js";
import type { ClusterFile, ServerTemplate } from "../cluster-file.js";
import type { ClusterPaths, PodPaths } from "../state-paths.js";

// The hand-over has to leave the server time to save and end inside the same grace period.
function budgetInside(gracePeriodMs: number): number {
  return Math.min(HANDOVER_BUDGET_MS, Math.floor((gracePeriodMs * 5) / 6));
}

/** What the agent of a pod is told at its start. */
export function agentConfigOf(
  cluster: ClusterFile,
  ordinal: number,
  pod: {
    readonly address: string;
    readonly template: ServerTemplate;
    readonly paths: PodPaths;
    readonly clusterPaths: ClusterPaths;
  },
): AgentConfig {
  const name = pod.paths.pod;
  const follow = cluster.pods?.[name]?.follow;
  return {
    pod: name,
    ordinal,
    cluster: cluster.id,
    placement: placementFor(cluster, name),
    bindAddress: pod.address,
    announceAddress: pod.address,
    addresses: cluster.addresses,
    serverPort: SERVER_PORT,
    controlPort: AGENT_CONTROL_PORT,
    httpPort: AGENT_HTTP_PORT,
    shards: cluster.shards,
    replicas: cluster.replicas,
    engine: pod.template.engine,
    version: pod.template.version,
    dataDir: pod.paths.volume,
    gate: pod.paths.gate,
    tokenFile: pod.clusterPaths.tokenFile,
    ...(cluster.passwordFile === undefined ? {} : { passwordFile: cluster.passwordFile }),
    targetFile: pod.clusterPaths.targetFile,
    sizeFile: pod.clusterPaths.sizeFile,
    ...(follow === undefined ? {} : { follow }),
    peersDir: pod.clusterPaths.peersDir,
    nodeTimeoutMs: cluster.nodeTimeoutMs,
    gracePeriodMs: cluster.gracePeriodMs,
    handoverBudgetMs: budgetInside(cluster.gracePeriodMs),
    serverConfig: cluster.serverConfig,
    scripts: cluster.scripts,
  };
}
