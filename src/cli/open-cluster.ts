import type { AgentStatus } from "../agent/status.js";
import type { Topology } from "../cluster/types.js";
import type { AgentClient } from "../ports/agent-client.js";
import type { UpgradeStore } from "../ports/journal.js";
import type { Pod, PodTemplate, UpgradePlatform } from "../ports/platform.js";
import type { RunningWitness } from "../ports/witness.js";
import type { ConnectCanary } from "../upgrade/guard/canary-keys.js";
import type { CommandContext, FlushableSink } from "./context.js";
import type { LoadSettings } from "./start-load.js";
import { buildStatus, type StatusReport } from "./status-report.js";

/** A cluster that exists, on whichever platform, and what is needed to speak to it. */
export interface OpenCluster {
  /** For people. */
  readonly name: string;
  /** A journal of another cluster is refused by it. */
  readonly identity: string;
  readonly shards: number;
  /** Replicas per shard, as it was made. */
  readonly replicas: number;
  readonly platform: UpgradePlatform;
  readonly agents: AgentClient;
  /** Flags that name this cluster in a command that a person is told to type; empty, or with a blank in front. */
  readonly flags: string;
  /** What starts it when nothing of it runs. */
  readonly startHint: string;
  /** Asks every pod's server at once. */
  readonly observe: (pods: readonly Pod[]) => Promise<Topology>;
  /** What a check needs, in one go: what the servers say, and the pods with their disks; `pods` also tells who is ready. */
  readonly look: () => Promise<{ readonly topology: Topology; readonly pods: readonly Pod[] }>;
  readonly store: () => Promise<UpgradeStore>;
  readonly connectCanary: ConnectCanary;
  /** Where the main steps of an upgrade are told beside the command's own output. */
  readonly eventSink?: () => Promise<FlushableSink>;
  readonly startWitness: (settings: LoadSettings) => Promise<RunningWitness>;
  /** The engine that a user wrote, as the platform's templates name it. */
  readonly findTarget: (spec: string) => Promise<PodTemplate>;
  /** @returns where the pod's data would go; throws when the pod must not be removed */
  readonly planRemoval: (pod: string) => Promise<string>;
}

/** What one command asks of a cluster beside its name. */
export interface OpenOptions {
  /** The target's image, where it cannot be told from the present one. */
  readonly image?: string | undefined;
}

/**
 * Opens the cluster that the command line names: the one place where a platform is chosen. Kubernetes and its client library
 * are loaded only where they are asked for.
 * @throws EvenkeelError `CLUSTER_NOT_FOUND`, `STATE_CORRUPT`, `PASSWORD_FILE`, those of the Kubernetes API
 */
export async function openCluster(context: CommandContext, options: OpenOptions = {}): Promise<OpenCluster> {
  if (context.platform === "kubernetes") {
    const { openKubernetes } = await import("./open-kubernetes.js");
    return openKubernetes(context, options);
  }
  const { openLocal } = await import("./open-local.js");
  return openLocal(context);
}

async function askAgents(pods: readonly Pod[], agents: AgentClient): Promise<ReadonlyMap<string, AgentStatus>> {
  const asked = pods.filter(({ phase }) => phase !== "stopped");
  const answers = await Promise.allSettled(asked.map(({ name }) => agents.status(name)));
  return new Map(
    answers.flatMap((answer) => (answer.status === "fulfilled" ? [[answer.value.pod, answer.value]] : [])),
  );
}

/** Everything at this moment: pods, servers and agents, each asked at once. */
export async function readStatus({ name, platform, agents, observe, startHint }: OpenCluster): Promise<StatusReport> {
  const pods = await platform.pods();
  const [topology, answers] = await Promise.all([observe(pods), askAgents(pods, agents)]);
  return buildStatus({ cluster: name, pods, topology, agents: answers, startHint });
}
