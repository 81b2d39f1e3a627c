import type { AgentStatus } from "../agent/status.js";
import type { Topology } from "../cluster/types.js";
import { type ClusterFile, readClusterFile } from "../platforms/local/cluster-file.js";
import { localAgentClient } from "../platforms/local/local-agent-client.js";
import { type LocalPlatform, localPlatform } from "../platforms/local/local-platform.js";
import type { AgentClient } from "../ports/agent-client.js";
import type { Pod } from "../ports/platform.js";
import { observeAll } from "../redis/observe-all.js";
import type { CommandContext } from "./context.js";
import { readPassword } from "./read-password.js";
import { buildStatus, type StatusReport } from "./status-report.js";

/** A local cluster that exists, and what is needed to speak to it. */
export interface OpenCluster {
  readonly file: ClusterFile;
  readonly platform: LocalPlatform;
  readonly agents: AgentClient;
  readonly password: string | undefined;
}

/**
 * Opens the cluster that the command line names.
 * @throws EvenkeelError `CLUSTER_NOT_FOUND`, `STATE_CORRUPT`, `PASSWORD_FILE`
 */
export function openCluster({ home, name, io, signal }: CommandContext): OpenCluster {
  const file = readClusterFile(home, name);
  return {
    file,
    platform: localPlatform({
      home,
      name,
      signal,
      // Only a staged template needs it, and it costs more to load than all the rest.
      resolve: async (template) => {
        const { resolveEngine } = await import("../platforms/local/engines/resolve-engine.js");
        return resolveEngine(template, { env: io.env, signal });
      },
    }),
    agents: localAgentClient({ home, name }),
    password: file.passwordFile === undefined ? undefined : readPassword(file.passwordFile),
  };
}

/** Asks every pod's server at once; also that of a stopped pod, so that it is named as one that does not answer. */
export function observePods(pods: readonly Pod[], password: string | undefined): Promise<Topology> {
  const asked = pods.filter(({ address }) => address !== "");
  return observeAll(asked.map(({ address, port }) => ({ address, port, password, timeoutMs: 2000 })));
}

async function askAgents(pods: readonly Pod[], agents: AgentClient): Promise<ReadonlyMap<string, AgentStatus>> {
  const asked = pods.filter(({ phase }) => phase !== "stopped");
  const answers = await Promise.allSettled(asked.map(({ name }) => agents.status(name)));
  return new Map(
    answers.flatMap((answer) => (answer.status === "fulfilled" ? [[answer.value.pod, answer.value]] : [])),
  );
}

/** Everything at this moment: pods, servers and agents, each asked at once. */
export async function readStatus({ file, platform, agents, password }: OpenCluster): Promise<StatusReport> {
  const pods = await platform.pods();
  const [topology, answers] = await Promise.all([observePods(pods, password), askAgents(pods, agents)]);
  return buildStatus({ cluster: file.name, pods, topology, agents: answers });
}
