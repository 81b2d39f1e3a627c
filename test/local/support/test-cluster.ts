import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentStatus } from "../../../src/agent/status.js";
import { parseEngineSpec } from "../../../src/cluster/engines.js";
import type { Topology } from "../../../src/cluster/types.js";
import { downCluster } from "../../../src/platforms/local/down-cluster.js";
import { resolveEngine } from "../../../src/platforms/local/engines/resolve-engine.js";
import { localAgentClient } from "../../../src/platforms/local/local-agent-client.js";
import { type LocalPlatform, localPlatform } from "../../../src/platforms/local/local-platform.js";
import { type PodStatus, readPodStatus } from "../../../src/platforms/local/pod-status.js";
import { clusterPaths, podPaths } from "../../../src/platforms/local/state-paths.js";
import { type UpOptions, upCluster } from "../../../src/platforms/local/up-cluster.js";
import type { Pod } from "../../../src/ports/platform.js";
import type { RunningWitness } from "../../../src/ports/witness.js";
import { connectNode, type Command } from "../../../src/redis/connect-node.js";
import { observeAll } from "../../../src/redis/observe-all.js";
import { startWitness } from "../../../src/witness/start-witness.js";
import { until } from "../../support/until.js";

export { until };

export interface TestCluster {
  readonly home: string;
  readonly name: string;
  readonly platform: LocalPlatform;
  pods(): Promise<readonly Pod[]>;
  topology(): Promise<Topology>;
  status(pod: string): Promise<AgentStatus>;
  /** @param to pod that is to take over, if it can */
  handOver(pod: string, to?: string): ReturnType<ReturnType<typeof localAgentClient>["handOver"]>;
  /** Processes of a pod, as its kubelet knows them. */
  processes(pod: string): PodStatus;
  volume(pod: string): string;
  agentLog(pod: string): string;
  /** Runs one command on one pod's server. */
  call(pod: string, ...command: Command): Promise<unknown>;
  load(rate: number): Promise<RunningWitness>;
  up(): Promise<void>;
  /** Stops it and removes everything. */
  destroy(): Promise<void>;
}

export interface TestClusterOptions extends Partial<Omit<UpOptions, "engine" | "home" | "name">> {
  /** e.g. `redis@7.0` */
  readonly engine?: string;
  /** Return as soon as the servers answer, before the cluster is formed. */
  readonly unformed?: boolean;
}

/** A real cluster in a folder of its own, formed and ready. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { engine: spec = "redis@7.0", unformed = false, ...shape } = options;
  const home = mkdtempSync(join(tmpdir(), "evenkeel-test-"));
  const name = "rc";
  const paths = clusterPaths(home, name);
  const { engine, version, server } = await resolveEngine(parseEngineSpec(spec), { env: process.env });
  const up = async (): Promise<void> => {
    await upCluster({ home, name, engine: { engine, version, server }, ...shape });
  };
  const platform = localPlatform({ home, name, resolve: (template) => resolveEngine(template, { env: process.env }) });
  const agents = localAgentClient({ home, name });
  const podNamed = async (pod: string): Promise<Pod> => {
    const found = (await platform.pods()).find((one) => one.name === pod);
    if (!found) throw new Error(`no pod ${pod}`);
    return found;
  };
  const cluster: TestCluster = {
    home,
    name,
    platform,
    pods: () => platform.pods(),
    topology: async () =>
      observeAll(
        (await platform.pods()).filter((pod) => pod.address !== "").map(({ address, port }) => ({ address, port })),
      ),
    status: (pod) => agents.status(pod),
    handOver: (pod, to) => agents.handOver(pod, to === undefined ? {} : { to }),
    processes: (pod) => {
      const status = readPodStatus(podPaths(paths, pod));
      if (!status) throw new Error(`${pod} has no status`);
      return status;
    },
    volume: (pod) => podPaths(paths, pod).volume,
    agentLog: (pod) => readFileSync(podPaths(paths, pod).agentLog, "utf8"),
    call: async (pod, ...command) => {
      const { address, port } = await podNamed(pod);
      const connection = await connectNode({ address, port });
      try {
        return await connection.call(...command);
      } finally {
        connection.close();
      }
    },
    load: async (rate) =>
      startWitness(
        {
          seeds: (await platform.pods()).map(({ address, port }) => ({ address, port })),
          rate,
          clients: ["ioredis", "iovalkey"],
          idleSeconds: 3,
          run: `t${Math.random().toString(36).slice(2, 10)}`,
        },
        { folder: join(home, "witness") },
      ),
    up,
    destroy: async () => {
      await downCluster({ home, name, purge: true });
      rmSync(home, { recursive: true, force: true });
    },
  };
  try {
    await up();
    if (!unformed) await untilReady(cluster, 30);
  } catch (error) {
    await cluster.destroy();
    throw error;
  }
  return cluster;
}

/** Every pod ready, every view agrees, every slot served. */
export async function untilReady(cluster: TestCluster, seconds: number): Promise<Topology> {
  return until("every pod ready and every view equal", seconds, async () => {
    const pods = await cluster.pods();
    const waiting = pods.filter((pod) => !pod.ready || pod.phase !== "running");
    if (waiting.length > 0) throw new Error(waiting.map((pod) => `${pod.name} ${pod.phase} ${pod.reason}`).join("; "));
    const topology = await cluster.topology();
    if (topology.unreachable.length > 0 || topology.disagreements.length > 0 || topology.slotsCovered !== 16384) {
      throw new Error(
        [...topology.unreachable.map((one) => one.reason), ...topology.disagreements.map((one) => one.message)].join(
          "; ",
        ),
      );
    }
    return topology;
  });
}

/** Names of the pods whose servers are primaries with slots, in ordinal order. */
export async function primaries(cluster: TestCluster): Promise<readonly string[]> {
  const [pods, topology] = [await cluster.pods(), await cluster.topology()];
  const addresses = new Set(
    topology.shards.filter((shard) => shard.slots.length > 0).map((shard) => shard.primary.address),
  );
  return pods.filter((pod) => addresses.has(pod.address)).map((pod) => pod.name);
}

/** The shards by their slots, which stay theirs whoever serves them. */
export const shardsInOrder = ({ shards }: Topology): Topology["shards"] =>
  shards.toSorted((a, b) => (a.slots[0]?.start ?? 0) - (b.slots[0]?.start ?? 0));

/** What no client may see: a failed command, a lost write, a doubled one. */
export function flaws(report: { readonly failed: number; readonly lost: number; readonly doubled: number }): {
  failed: number;
  lost: number;
  doubled: number;
} {
  return { failed: report.failed, lost: report.lost, doubled: report.doubled };
}
export const NO_FLAW = { failed: 0, lost: 0, doubled: 0 } as const;
