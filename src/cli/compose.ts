import { hostname } from "node:os";
import { DEFAULT_POLICY as CHECK_POLICY, runChecks } from "../cluster/checks/index.js";
import { parseEngineSpec } from "../cluster/engines.js";
import type { Topology } from "../cluster/types.js";
import { resolveEngine } from "../platforms/local/engines/resolve-engine.js";
import type { ClusterFile, ServerTemplate } from "../platforms/local/cluster-file.js";
import { localUpgradeStore } from "../platforms/local/upgrade-store/local-upgrade-store.js";
import { systemClock } from "../ports/system-clock.js";
import { connectNode } from "../redis/connect-node.js";
import type { EngineOptions, EnginePorts } from "../upgrade/engine/ports.js";
import { createCanary } from "../upgrade/guard/canary-keys.js";
import { DEFAULT_POLICY, type UpgradePolicy } from "../upgrade/policy/policy.js";
import type { CommandContext } from "./context.js";
import { toNodeFacts } from "./node-facts.js";
import { observePods, openCluster } from "./open-cluster.js";
import { startLoad } from "./start-load.js";
import { buildStatus, toShardStates } from "./status-report.js";

/** Keys of a witness that dies go by themselves. */
const WITNESS_TTL_SECONDS = 3600;

export interface ComposeOptions {
  /** Commands per second of the witness; 0: none. */
  readonly rate: number;
  readonly policy: UpgradePolicy;
}

/** The local cluster that the command line names, as ports of the upgrade engine. */
export interface Composed extends EnginePorts {
  readonly file: ClusterFile;
}

/**
 * Puts together what an upgrade works through.
 * @throws EvenkeelError `CLUSTER_NOT_FOUND`, `STATE_CORRUPT`, `PASSWORD_FILE`
 */
export function composeUpgrade(context: CommandContext, { rate, policy }: ComposeOptions): Composed {
  const { file, platform, agents, password } = openCluster(context);
  const { home, name, recorder } = context;
  let shown = "";
  const observe = async (): Promise<Topology> => {
    const pods = await platform.pods();
    const topology = await observePods(pods, password);
    const shards = toShardStates(buildStatus({ cluster: file.name, pods, topology, agents: new Map() }));
    // Lag changes at every look; live views need not hear of it.
    const seen = JSON.stringify(shards, (key, value: unknown) => (key === "lagBytes" ? undefined : value));
    if (seen !== shown) recorder.emit("TOPOLOGY", `${shards.length} shards`, { shards });
    shown = seen;
    return topology;
  };
  const canary = createCanary({
    connect: (address, port) => connectNode({ address, port, password, timeoutMs: 1000 }),
  });
  return {
    file,
    platform,
    agents,
    clock: systemClock,
    store: localUpgradeStore({ home, name, cluster: file.id }),
    observe,
    check: async (topology) => {
      const pods = await platform.pods();
      return runChecks({
        topology,
        facts: toNodeFacts(pods),
        // Pods come and go during an upgrade: a surge replica is expected while it is there.
        expected: { shards: file.shards, replicas: file.replicas, nodes: pods.length },
        policy: { ...CHECK_POLICY, severities: { ...CHECK_POLICY.severities, ...policy.checks } },
      });
    },
    canary,
    ...(rate === 0
      ? {}
      : {
          startWitness: () =>
            startLoad(context, { platform, file }, { rate, ttlSeconds: WITNESS_TTL_SECONDS, cleanup: true }),
        }),
  };
}

/** What a command was asked to do with an upgrade. */
export interface UpgradeFlags {
  readonly policy?: string | undefined;
  readonly acceptUnknownPair?: boolean | undefined;
  readonly acceptDataLoss?: boolean | undefined;
  readonly surge?: boolean | undefined;
}

/** Options of the engine from flags of the command line. */
export function engineOptions(
  context: CommandContext,
  {
    file,
    target,
    policy,
    flags,
    verb,
  }: { file: ClusterFile; target: EngineOptions["target"]; policy: UpgradePolicy; flags: UpgradeFlags; verb: string },
): EngineOptions {
  return {
    cluster: file.id,
    target: { engine: target.engine, version: target.version },
    policy,
    acceptUnknownPair: flags.acceptUnknownPair ?? false,
    acceptDataLoss: flags.acceptDataLoss ?? false,
    surge: flags.surge ?? false,
    by: `${verb} on ${hostname()}, process ${process.pid}`,
    recorder: context.recorder,
    signal: context.signal,
  };
}

/**
 * The policy that a command is to go by.
 * @throws EvenkeelError `POLICY_UNREADABLE`, `POLICY_INVALID`
 */
export async function findPolicy(file: string | undefined): Promise<UpgradePolicy> {
  if (file === undefined) return DEFAULT_POLICY;
  const { readPolicy } = await import("../upgrade/policy/read-policy.js");
  return readPolicy(file);
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
