import { CLUSTER_CONFIG_FILE } from "./files.js";
import type { AgentConfig } from "./config.js";

/**
 * The server's configuration, as the start gate serves it. Each choice answers a failure seen in a rolling change:
 * - `cluster-replica-validity-factor 10`: with 0 a replica that lost its data can be elected.
 * - `cluster-require-full-coverage no`, `cluster-allow-reads-when-down yes`: one failed shard must not refuse the others.
 * - `cluster-allow-replica-migration no`: a shard's only replica must not wander off while the other restarts.
 * - `repl-diskless-sync-delay 0`, a large backlog, no output limit for replicas: a restart costs one short sync, no loops.
 * - `bind-source-addr`: without it peers on one machine see 127.0.0.1 as the sender.
 * @param password of the default user; it appears in no file and no argument list, only in the gate
 */
export function serverConfig(config: AgentConfig, password: string | undefined): string {
  const lines = [
    `bind ${config.bindAddress}`,
    ...(config.bindAddress.startsWith("127.") ? [`bind-source-addr ${config.bindAddress}`] : []),
    `port ${config.serverPort}`,
    "protected-mode no",
    "daemonize no",
    'logfile ""',
    `dir ${quote(config.dataDir)}`,
    "cluster-enabled yes",
    `cluster-config-file ${CLUSTER_CONFIG_FILE}`,
    `cluster-announce-ip ${config.announceAddress}`,
    `cluster-node-timeout ${config.nodeTimeoutMs}`,
    "cluster-replica-validity-factor 10",
    "cluster-require-full-coverage no",
    "cluster-allow-reads-when-down yes",
    "cluster-allow-replica-migration no",
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    "repl-diskless-sync yes",
    "repl-diskless-sync-delay 0",
    "repl-backlog-size 32mb",
    "repl-backlog-ttl 0",
    "client-output-buffer-limit replica 0 0 0",
    "tcp-keepalive 60",
    "shutdown-timeout 10",
    ...(password === undefined ? [] : [`requirepass ${quote(password)}`, `masterauth ${quote(password)}`]),
    ...config.serverConfig,
  ];
  return `${lines.join("\n")}\n`;
}

/** As the servers' configuration parser reads a quoted word. */
function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
