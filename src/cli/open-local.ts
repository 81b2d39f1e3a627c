import type { Topology } from "../cluster/types.js";
import { type ClusterFile, readClusterFile } from "../platforms/local/cluster-file.js";
import { localAgentClient } from "../platforms/local/local-agent-client.js";
import { type LocalPlatform, localPlatform } from "../platforms/local/local-platform.js";
import type { Pod } from "../ports/platform.js";
import { connectNode } from "../redis/connect-node.js";
import { observeAll } from "../redis/observe-all.js";
import type { CommandContext } from "./context.js";
import type { OpenCluster } from "./open-cluster.js";
import { readPassword } from "./read-password.js";

/** A local cluster that exists, with what only the local platform has. */
export interface LocalCluster extends OpenCluster {
  readonly file: ClusterFile;
  readonly platform: LocalPlatform;
  readonly password: string | undefined;
}

const VIEW_TIMEOUT_MS = 2000;
const CANARY_TIMEOUT_MS = 1000;

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Opens the local cluster that the command line names.
 * @throws EvenkeelError `CLUSTER_NOT_FOUND`, `STATE_CORRUPT`, `PASSWORD_FILE`
 */
export function openLocal(context: CommandContext): LocalCluster {
  const { home, name, io, signal, mask } = context;
  const file = readClusterFile(home, name);
  const password = file.passwordFile === undefined ? undefined : readPassword(file.passwordFile);
  if (password !== undefined) mask(password);
  const platform = localPlatform({
    home,
    name,
    signal,
    // Only a staged template needs it, and it costs more to load than all the rest.
    resolve: async (template) => {
      const { resolveEngine } = await import("../platforms/local/engines/resolve-engine.js");
      return resolveEngine(template, { env: io.env, signal });
    },
  });
  // Also the server of a stopped pod is asked, so that it is named as one that does not answer.
  const observe = (pods: readonly Pod[]): Promise<Topology> =>
    observeAll(
      pods
        .filter(({ address }) => address !== "")
        .map(({ address, port }) => ({ address, port, password, timeoutMs: VIEW_TIMEOUT_MS })),
    );
  return {
    name: file.name,
    identity: file.id,
    shards: file.shards,
    replicas: file.replicas,
    file,
    platform,
    agents: localAgentClient({ home, name }),
    password,
    flags: name === "default" ? "" : ` --name ${name}`,
    startHint: `evenkeel up --name ${name}`,
    observe,
    look: async () => {
      const { pods, withDisks } = platform.podsAsTold(file);
      const observing = observe(pods);
      // Looked at while the servers answer: sockets connect, and ask, only once the event loop turns.
      await turnOfTheLoop();
      const whole = withDisks();
      return { topology: await observing, pods: whole };
    },
    store: async () => {
      const { localUpgradeStore } = await import("../platforms/local/upgrade-store/local-upgrade-store.js");
      return localUpgradeStore({ home, name, cluster: file.id });
    },
    connectCanary: (address, port) => connectNode({ address, port, password, timeoutMs: CANARY_TIMEOUT_MS }),
    startWitness: async (settings) => {
      const { startLocalWitness } = await import("./start-local-witness.js");
      return startLocalWitness(context, { platform, file }, settings);
    },
    findTarget: async (spec) => {
      const { findEngine } = await import("./find-engine.js");
      const { engine, version } = await findEngine(context, spec);
      return { engine, version };
    },
    planRemoval: async (pod) => {
      const { planRemoval } = await import("../platforms/local/replicas/remove-replica.js");
      const { clusterPaths } = await import("../platforms/local/state-paths.js");
      const paths = clusterPaths(home, name);
      await planRemoval(pod, { cluster: file, paths, password });
      return paths.removedDir;
    },
  };
}
