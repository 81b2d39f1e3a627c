import type { AgentPhase, AgentStatus } from "../agent/status.js";
import { SLOTS } from "../cluster/constants.js";
import type { Role, SlotRange, Topology, TopologyNode } from "../cluster/types.js";
import { formatSlots } from "../cluster/slots.js";
import type { ShardState } from "../events/event-data.js";
import type { Pod, PodPhase } from "../ports/platform.js";

/** One pod with its node, as `status --output json` prints it. What is not known is null. */
export interface NodeStatus {
  readonly name: string;
  readonly id: string | null;
  readonly address: string;
  readonly port: number;
  readonly role: Role | null;
  /** Shards are counted in the order of their slots, from 0. */
  readonly shard: number | null;
  /** Name of the pod that it follows. */
  readonly primary: string | null;
  readonly engine: string;
  readonly version: string;
  readonly slots: readonly SlotRange[];
  readonly host: string;
  readonly zone: string;
  readonly ready: boolean;
  readonly phase: PodPhase;
  readonly agent: AgentPhase | null;
  /** Bytes behind its primary. */
  readonly lagBytes: number | null;
  readonly pid: number | null;
  readonly restarts: number;
  /** Why it is not ready, when that is known. */
  readonly reason: string;
}

export interface StatusReport {
  readonly cluster: string;
  /** `ok`; `degraded`: serves, but something is not well; `fail`: some slots are not served; `unformed`; `stopped`. */
  readonly state: "ok" | "degraded" | "fail" | "unformed" | "stopped";
  readonly slotsCovered: number;
  readonly nodes: readonly NodeStatus[];
  /** Everything that is not well, a sentence each. */
  readonly problems: readonly string[];
}

export interface StatusInput {
  readonly cluster: string;
  readonly pods: readonly Pod[];
  readonly topology: Topology;
  /** By pod; a missing one did not answer. */
  readonly agents: ReadonlyMap<string, AgentStatus>;
  /** What starts the cluster when no pod of it runs. */
  readonly startHint: string;
}

function firstSlot(node: { readonly slots: readonly SlotRange[] }): number {
  return node.slots[0]?.start ?? SLOTS;
}

/** A pod that answered is known by its own view; one that did not, by the address the others remember. */
function findNode(pod: Pod, topology: Topology): TopologyNode | undefined {
  if (pod.address === "") return undefined;
  const view = topology.views.find(({ address, port }) => address === pod.address && port === pod.port);
  return topology.nodes.find((node) =>
    view === undefined ? node.address === pod.address && node.port === pod.port : node.id === view.nodeId,
  );
}

function lagOf(node: TopologyNode, primary: TopologyNode | undefined): number | null {
  if (node.role !== "replica" || node.view === undefined || primary?.view === undefined) return null;
  return Math.max(0, primary.view.server.replicationOffset - node.view.server.replicationOffset);
}

function reasonOf(pod: Pod, agent: AgentStatus | undefined): string {
  if (pod.ready) return "";
  const failing = agent?.ready.conditions.find(({ holds }) => !holds);
  return agent?.reason || failing?.reason || pod.reason;
}

function judge(input: StatusInput, nodes: readonly NodeStatus[], problems: readonly string[]): StatusReport["state"] {
  const { topology, pods } = input;
  if (pods.every(({ phase }) => phase === "stopped")) return "stopped";
  if (topology.views.length === 0) return "fail";
  if (nodes.every(({ slots }) => slots.length === 0)) return "unformed";
  if (topology.slotsCovered < SLOTS || topology.views.some(({ cluster }) => cluster.state !== "ok")) return "fail";
  return problems.length === 0 ? "ok" : "degraded";
}

function listProblems(input: StatusInput, nodes: readonly NodeStatus[]): readonly string[] {
  const { topology, agents, startHint } = input;
  if (nodes.every(({ phase }) => phase === "stopped")) return [`no pod runs; start them: ${startHint}`];
  return [
    ...(topology.slotsCovered < SLOTS ? [`${SLOTS - topology.slotsCovered} slots have no primary`] : []),
    ...nodes
      .filter(({ ready }) => !ready)
      .map(({ name, phase, reason }) => `${name} is not ready (${phase})${reason === "" ? "" : `: ${reason}`}`),
    ...nodes
      .filter(({ name, phase }) => phase === "running" && !agents.has(name))
      .map(({ name }) => `the agent of ${name} does not answer`),
    ...topology.unreachable.map(({ address, port, reason }) => `${address}:${port} does not answer: ${reason}`),
    ...topology.strays.map(({ address, port }) => `${address}:${port} follows no known primary`),
    ...topology.disagreements.map(({ message }) => message),
  ];
}

/** Puts together what the platform, the nodes and the agents say. Pure. */
export function buildStatus(input: StatusInput): StatusReport {
  const { cluster, pods, topology, agents } = input;
  const shards = topology.shards.toSorted((a, b) => firstSlot(a) - firstSlot(b));
  const shardOf = new Map(
    shards.flatMap((shard, i) => [shard.primary, ...shard.replicas].map(({ id }) => [id, i] as const)),
  );
  const found = pods.map((pod) => ({ pod, node: findNode(pod, topology) }));
  const podOf = new Map(found.flatMap(({ pod, node }) => (node === undefined ? [] : [[node.id, pod.name] as const])));

  const nodes = found.map(({ pod, node }): NodeStatus => {
    const agent = agents.get(pod.name);
    const server = node?.view?.server;
    const primary = topology.nodes.find(({ id }) => id === node?.primaryId);
    return {
      name: pod.name,
      id: node?.id ?? null,
      address: pod.address,
      port: pod.port,
      role: node?.role ?? null,
      shard: (node === undefined ? undefined : shardOf.get(node.id)) ?? null,
      primary: primary === undefined ? null : (podOf.get(primary.id) ?? `${primary.address}:${primary.port}`),
      engine: server?.engine ?? pod.template.engine,
      version: server?.version ?? pod.template.version,
      slots: node?.slots ?? [],
      host: pod.placement.host,
      zone: pod.placement.zone,
      ready: pod.ready,
      phase: pod.phase,
      agent: agent?.phase ?? null,
      lagBytes: node === undefined ? null : lagOf(node, primary),
      pid: server?.processId ?? null,
      restarts: pod.containerRestarts,
      reason: reasonOf(pod, agent),
    };
  });
  const problems = listProblems(input, nodes);
  return { cluster, state: judge(input, nodes, problems), slotsCovered: topology.slotsCovered, nodes, problems };
}

/** The nodes of a report by shard, primary first; nodes that belong to no shard are left out. */
export function groupByShard(nodes: readonly NodeStatus[]): readonly (readonly NodeStatus[])[] {
  const count = Math.max(-1, ...nodes.map(({ shard }) => shard ?? -1)) + 1;
  return Array.from({ length: count }, (_, shard) =>
    nodes
      .filter((node) => node.shard === shard)
      .toSorted((a, b) => Number(a.role === "replica") - Number(b.role === "replica")),
  );
}

/** The same for live views: the data of a `TOPOLOGY` event. */
export function toShardStates(report: StatusReport): readonly ShardState[] {
  return groupByShard(report.nodes).map((nodes) => ({
    slots: formatSlots(nodes.find(({ role }) => role === "primary")?.slots ?? []),
    pods: nodes.map(({ name, role, engine, version, ready, lagBytes }) => ({
      pod: name,
      role: role ?? "replica",
      engine,
      version,
      ready,
      ...(lagBytes === null ? {} : { lagBytes }),
    })),
  }));
}
