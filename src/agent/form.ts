import { type FormationAction, type FormationNode, nextFormation, planFormation } from "../cluster/formation.js";
import { expectedPods } from "./cluster-size.js";
import type { AgentConfig } from "./config.js";
import type { Fleet } from "./handover/fleet.js";
import { introduce } from "./introduce.js";
import type { AgentStatus } from "./status.js";

export interface FormDeps {
  readonly config: AgentConfig;
  readonly fleet: Fleet;
  /** All agents' statuses, this one's included. */
  readonly statuses: readonly AgentStatus[];
}

/** What one turn of forming came to. */
export interface FormResult {
  readonly state: "waiting" | "acting" | "done" | "conflict";
  readonly reason: string;
}

/**
 * One turn of forming the cluster, done by the agent of ordinal 0 only. The plan follows from what the nodes own and where they
 * stand, so whoever takes it up after a crash continues where it stopped. A node that holds keys or slots of its own is never touched.
 */
export async function formOnce({ config, fleet, statuses }: FormDeps): Promise<FormResult> {
  const expected = expectedPods(config);
  const up = statuses.filter((status) => status.server !== undefined).toSorted((a, b) => a.ordinal - b.ordinal);
  if (up.length < expected) {
    const missing = Array.from({ length: expected }, (_, ordinal) => ordinal).filter(
      (ordinal) => !up.some((status) => status.ordinal === ordinal),
    );
    // Where pods were removed the ordinals have gaps, and which one is missing cannot be told by counting.
    const named = up.every((status) => status.ordinal < expected) ? `; missing: ordinal ${missing.join(", ")}` : "";
    return {
      state: "waiting",
      reason: `${up.length} of ${expected} pods answer${named}`,
    };
  }
  const topology = await fleet.look(up.map((status) => status.address));
  const nodes: FormationNode[] = [];
  for (const status of up) {
    const view = topology.views.find((one) => one.address === status.address);
    if (!view) return { state: "waiting", reason: `the server of ${status.pod} does not answer` };
    nodes.push({
      ordinal: status.ordinal,
      nodeId: view.nodeId,
      address: status.address,
      port: status.port,
      keys: view.server.keys,
      view,
    });
  }
  const plan = planFormation(
    up.map(({ ordinal, pod, address, port, placement }, index) => ({
      ordinal,
      pod,
      address,
      port,
      placement,
      slots: nodes[index]?.view.nodes.find((entry) => entry.self)?.slots ?? [],
    })),
    // Pods that make no full row of replicas join afterwards, each by itself.
    {
      shards: config.shards,
      replicas: Math.min(config.replicas, Math.floor((expected - config.shards) / config.shards)),
    },
  );
  const planned = new Set([...plan.primaries, ...plan.replicas].map(({ ordinal }) => ordinal));
  const members = nodes.filter(({ ordinal }) => planned.has(ordinal));
  const step = nextFormation(plan, members);
  if (step.state === "done") return { state: "done", reason: "" };
  if (step.state === "wait") return { state: "waiting", reason: step.reason };
  if (step.state === "conflict") return { state: "conflict", reason: step.reason };
  for (const action of step.actions) await apply(action, members, fleet);
  if (members.length <= TELL_ALL_MAX) await tellAll(step.actions, members, fleet);
  return { state: "acting", reason: step.actions.map((action) => action.kind).join(", ") };
}

/** Up to so many nodes are told of each other directly; more of them learn it by gossip, which takes seconds. */
const TELL_ALL_MAX = 30;

/** Gossip spreads a new node, or a new role, in seconds; an introduction in milliseconds. */
async function tellAll(
  actions: readonly FormationAction[],
  nodes: readonly FormationNode[],
  fleet: Fleet,
): Promise<void> {
  const replicas = new Set(actions.flatMap((action) => (action.kind === "replicate" ? [action.ordinal] : [])));
  const tellers = actions.some((action) => action.kind === "meet")
    ? nodes
    : nodes.filter((node) => replicas.has(node.ordinal));
  for (const teller of tellers) {
    const others = nodes.filter((node) => node !== teller);
    await introduce(fleet, teller.address, others);
  }
}

async function apply(action: FormationAction, nodes: readonly FormationNode[], fleet: Fleet): Promise<void> {
  const ordinal = action.kind === "meet" ? 0 : action.ordinal;
  const node = nodes.find((one) => one.ordinal === ordinal);
  if (!node) return;
  const connection = await fleet.connection(node.address);
  switch (action.kind) {
    case "add-slots":
      await connection.call("CLUSTER", "ADDSLOTSRANGE", ...action.slots.flatMap(({ start, end }) => [start, end]));
      return;
    case "set-epoch":
      await connection.call("CLUSTER", "SET-CONFIG-EPOCH", action.epoch);
      return;
    case "meet":
      await connection.call("CLUSTER", "MEET", action.address, action.port);
      return;
    case "replicate":
      await connection.call("CLUSTER", "REPLICATE", action.primaryId);
      return;
  }
}
