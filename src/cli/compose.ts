import { DEFAULT_POLICY, runChecks } from "../cluster/checks/index.js";
import { parseEngineSpec } from "../cluster/engines.js";
import type { Topology } from "../cluster/types.js";
import { resolveEngine } from "../platforms/local/engines/resolve-engine.js";
import type { ServerTemplate } from "../platforms/local/cluster-file.js";
import { systemClock } from "../ports/system-clock.js";
import type { UpgradePorts } from "../upgrade/run-upgrade.js";
import type { CommandContext } from "./context.js";
import { toNodeFacts } from "./node-facts.js";
import { observePods, type OpenCluster, openCluster } from "./open-cluster.js";
import { buildStatus, toShardStates } from "./status-report.js";

/** A local cluster as the ports of the upgrade engine. */
export interface UpgradableCluster extends UpgradePorts, Pick<OpenCluster, "file"> {}

/**
 * Puts together what an upgrade works through.
 * @throws EvenkeelError `CLUSTER_NOT_FOUND`, `STATE_CORRUPT`, `PASSWORD_FILE`
 */
export function composeUpgrade(context: CommandContext): UpgradableCluster {
  const { file, platform, agents, password } = openCluster(context);
  let shown = "";
  const observe = async (): Promise<Topology> => {
    const pods = await platform.pods();
    const topology = await observePods(pods, password);
    const shards = toShardStates(buildStatus({ cluster: file.name, pods, topology, agents: new Map() }));
    // Lag changes at every look; live views need not hear of it.
    const seen = JSON.stringify(shards, (key, value: unknown) => (key === "lagBytes" ? undefined : value));
    if (seen !== shown) context.recorder.emit("TOPOLOGY", `${shards.length} shards`, { shards });
    shown = seen;
    return topology;
  };
  return {
    file,
    platform,
    agents,
    clock: systemClock,
    observe,
    check: async (topology) =>
      runChecks({
        topology,
        facts: toNodeFacts(await platform.pods()),
        expected: { shards: file.shards, replicas: file.replicas },
        policy: DEFAULT_POLICY,
      }),
  };
}

/**
 * The engine that a user wrote, with its full version: `redis@8.0` becomes redis 8.0.x, fetched when it has to be.
 * @throws EvenkeelError `ENGINE_UNKNOWN`, `ENGINE_NOT_FOUND`, `ENGINE_FETCH_FAILED`
 */
export async function findTarget(context: CommandContext, spec: string): Promise<ServerTemplate> {
  const { io, recorder, signal } = context;
  const { engine, version, server } = await resolveEngine(parseEngineSpec(spec), {
    env: io.env,
    notify: (message) => recorder.emit("ENGINE_FETCHING", message, { engine: spec, source: message }),
    signal,
  });
  return { engine, version, server };
}
