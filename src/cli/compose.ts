import { hostname } from "node:os";
import { DEFAULT_POLICY as CHECK_POLICY, runChecks } from "../cluster/checks/index.js";
import type { Topology } from "../cluster/types.js";
import { systemClock } from "../ports/system-clock.js";
import type { RunningWitness } from "../ports/witness.js";
import { countCommands } from "../upgrade/engine/count-commands.js";
import type { EngineOptions, EnginePorts } from "../upgrade/engine/ports.js";
import { createCanary } from "../upgrade/guard/canary-keys.js";
import { DEFAULT_POLICY, type UpgradePolicy } from "../upgrade/policy/policy.js";
import { startExternal, type WitnessChoice } from "./choose-witness.js";
import type { CommandContext } from "./context.js";
import { toNodeFacts } from "./node-facts.js";
import { type OpenCluster, openCluster } from "./open-cluster.js";
import { startLoad } from "./start-load.js";
import { buildStatus, toShardStates } from "./status-report.js";

/** Keys of a witness that dies go by themselves. */
const WITNESS_TTL_SECONDS = 3600;

export interface ComposeOptions {
  readonly witness: WitnessChoice;
  readonly policy: UpgradePolicy;
  /** The target's image, where it cannot be told from the present one. */
  readonly image?: string | undefined;
  /** The main steps are told to the platform too. @default false */
  readonly tells?: boolean;
}

/** The cluster that the command line names, as ports of the upgrade engine. */
export interface Composed extends EnginePorts {
  readonly opened: OpenCluster;
}

/**
 * Puts together what an upgrade works through.
 * @throws EvenkeelError those of {@link openCluster}
 */
export async function composeUpgrade(
  context: CommandContext,
  { witness, policy, image, tells = false }: ComposeOptions,
): Promise<Composed> {
  const opened = await openCluster(context, { image });
  const { name, platform, agents, shards, replicas } = opened;
  const { recorder } = context;
  const sink = tells ? await opened.eventSink?.() : undefined;
  if (sink) context.addSink(sink);
  let shown = "";
  const observe = async (): Promise<Topology> => {
    const pods = await platform.pods();
    const topology = await opened.observe(pods);
    const { startHint } = opened;
    const states = toShardStates(buildStatus({ cluster: name, pods, topology, agents: new Map(), startHint }));
    // Lag changes at every look; live views need not hear of it.
    const seen = JSON.stringify(states, (key, value: unknown) => (key === "lagBytes" ? undefined : value));
    if (seen !== shown) recorder.emit("TOPOLOGY", `${states.length} shards`, { shards: states });
    shown = seen;
    return topology;
  };
  const start = (choice: WitnessChoice): Promise<RunningWitness> =>
    typeof choice === "number"
      ? startLoad(context, opened, { rate: choice, ttlSeconds: WITNESS_TTL_SECONDS, cleanup: true })
      : startExternal(context, choice);
  return {
    opened,
    platform,
    agents,
    clock: systemClock,
    store: await opened.store(),
    observe,
    check: async (topology) => {
      const pods = await platform.pods();
      return runChecks({
        topology,
        facts: toNodeFacts(pods),
        // Pods come and go during an upgrade: a surge replica is expected while it is there.
        expected: { shards, replicas, nodes: pods.length },
        policy: { ...CHECK_POLICY, severities: { ...CHECK_POLICY.severities, ...policy.checks } },
      });
    },
    canary: createCanary({ connect: opened.connectCanary }),
    commandCalls: countCommands(opened.connectCanary),
    ...(witness === 0 ? {} : { startWitness: () => start(witness) }),
  };
}

/** What a command was asked to do with an upgrade. */
export interface UpgradeFlags {
  readonly policy?: string | undefined;
  readonly acceptUnknownPair?: boolean | undefined;
  readonly acceptDataLoss?: boolean | undefined;
  readonly surge?: boolean | undefined;
  readonly image?: string | undefined;
}

/** Options of the engine from flags of the command line. */
export function engineOptions(
  context: CommandContext,
  {
    cluster,
    target,
    policy,
    flags,
    verb,
  }: {
    cluster: Pick<OpenCluster, "identity">;
    target: EngineOptions["target"];
    policy: UpgradePolicy;
    flags: UpgradeFlags;
    verb: string;
  },
): EngineOptions {
  return {
    cluster: cluster.identity,
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
