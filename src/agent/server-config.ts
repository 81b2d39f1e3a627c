import { AGENT_USER, type AccountSecrets, accounts, agentPassword } from "./accounts.js";
import { CLUSTER_CONFIG_FILE } from "./files.js";
import type { AgentConfig } from "./config.js";

/**
 * The server's configuration, as the start gate serves it. Each choice answers a failure seen in a rolling change:
 * - `cluster-replica-validity-factor 10`: with 0 a replica that lost its data can be elected.
 * - `cluster-require-full-coverage no`, `cluster-allow-reads-when-down yes`: one failed shard must not refuse the others.
 * - `cluster-allow-replica-migration no`: a shard's only replica must not wander off while the other restarts.
 * - `repl-diskless-sync-delay 0`, a large backlog, no output limit for replicas: a restart costs one short sync, no loops.
 * - `bind-source-addr`: without it peers on one machine see 127.0.0.1 as the sender.
 * @param secrets passwords appear in no file and no argument list, only in the gate
 */
export function serverConfig(config: AgentConfig, secrets: AccountSecrets): string {
  const lines = [
    // The minus: where a family of addresses is missing, the server starts all the same.
    `bind ${config.bindAddress === "*" ? "* -::*" : config.bindAddress}`,
    ...(config.bindAddress.startsWith("127.") ? [`bind-source-addr ${config.bindAddress}`] : []),
    ...listenLines(config),
    "protected-mode no",
    "daemonize no",
    'logfile ""',
    `dir ${quote(config.dataDir)}`,
    "cluster-enabled yes",
    `cluster-config-file ${CLUSTER_CONFIG_FILE}`,
    `cluster-announce-ip ${config.announceAddress}`,
    ...announceLines(config),
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
    ...accountLines(config, secrets),
    ...config.serverConfig,
  ];
  return `${lines.join("\n")}\n`;
}

/** Whether the server keeps an append-only file: of the user's lines the last one counts, and they come after our own. */
export function isAppendOnly({ serverConfig: lines }: Pick<AgentConfig, "serverConfig">): boolean {
  const words = lines.flatMap((line) => /^\s*appendonly\s+"?(\w+)/i.exec(line)?.[1] ?? []);
  return words.at(-1)?.toLowerCase() !== "no";
}

function listenLines({ serverPort, tls }: AgentConfig): string[] {
  if (tls === undefined) return [`port ${serverPort}`];
  return [
    "port 0",
    `tls-port ${serverPort}`,
    `tls-ca-cert-file ${quote(tls.ca)}`,
    `tls-cert-file ${quote(tls.cert)}`,
    `tls-key-file ${quote(tls.key)}`,
    `tls-auth-clients ${tls.authClients ? "yes" : "no"}`,
    "tls-replication yes",
    "tls-cluster yes",
  ];
}

/** Certificates hold names, not addresses; and a primary is to list its replicas by the address that lasts. */
function announceLines({ announceAddress, ownAddress, announceHostname }: AgentConfig): string[] {
  return [
    ...(ownAddress === undefined ? [] : [`replica-announce-ip ${announceAddress}`]),
    ...(announceHostname === undefined
      ? []
      : [`cluster-announce-hostname ${announceHostname}`, "cluster-preferred-endpoint-type hostname"]),
  ];
}

function accountLines({ agentUser }: AgentConfig, secrets: AccountSecrets): string[] {
  const { password, token } = secrets;
  if (agentUser) {
    const users = accounts(secrets).map(({ name, rules }) => `user ${[name, ...rules].join(" ")}`);
    return [...users, `masteruser ${AGENT_USER}`, `masterauth ${agentPassword(token)}`];
  }
  return password === undefined ? [] : [`requirepass ${quote(password)}`, `masterauth ${quote(password)}`];
}

/** As the servers' configuration parser reads a quoted word. */
function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
