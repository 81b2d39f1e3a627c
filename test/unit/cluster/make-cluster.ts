import { splitSlots } from "../../../src/cluster/slots.js";
import type { NodeEntry, Role, RoleReply, ServerInfo, SlotRange, View } from "../../../src/cluster/types.js";

/** One node of a model cluster. */
export interface ModelNode {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly role: Role;
  readonly primaryId?: string;
  readonly configEpoch: number;
  readonly slots: readonly SlotRange[];
}

export const idOf = (index: number): string => String(index).padStart(2, "0").repeat(20);

/** A healthy cluster: nodes 0..shards-1 are primaries with even slots, the others replicas of 0, 1, 2, 0, … */
export function makeNodes({ shards = 3, replicas = 1 } = {}): ModelNode[] {
  const ranges = splitSlots(shards);
  return Array.from({ length: shards * (1 + replicas) }, (_, index) => {
    const head = index % shards;
    const primary = index < shards;
    const common = { id: idOf(index), address: `10.0.0.${index + 1}`, port: 6379, configEpoch: head + 1 };
    return primary
      ? { ...common, role: "primary" as const, slots: ranges.slice(index, index + 1) }
      : { ...common, role: "replica" as const, primaryId: idOf(head), slots: [] };
  });
}

const toEntry = (node: ModelNode, self: boolean): NodeEntry => ({
  ...node,
  busPort: node.port + 10000,
  self,
  failed: false,
  suspected: false,
  handshake: false,
  noAddress: false,
  noFailover: false,
  linkConnected: true,
  openSlots: [],
});

function makeServer(node: ModelNode): ServerInfo {
  const replica = node.role === "replica";
  return {
    engine: "redis",
    version: "7.0.15",
    processId: 1,
    runId: node.id,
    uptimeSeconds: 3600,
    loading: false,
    asyncLoading: false,
    role: node.role,
    ...(replica ? { primaryLinkUp: true, syncInProgress: false } : {}),
    replicationId: "f".repeat(40),
    replicationOffset: 1000,
    replicas: [],
    usedMemoryBytes: 1_000_000,
    usedMemoryRssBytes: 2_000_000,
    maxMemoryBytes: 100_000_000,
    totalSystemMemoryBytes: 1_000_000_000,
    lastSaveOk: true,
    saveInProgress: false,
    aofEnabled: true,
    aofLastWriteOk: true,
    aofLastRewriteOk: true,
    aofRewriteInProgress: false,
    syncFull: 0,
    syncPartialOk: 0,
    unexpectedErrorReplies: 0,
    errors: {},
    keys: 0,
  };
}

function makeRole(node: ModelNode, nodes: readonly ModelNode[]): RoleReply {
  const primary = nodes.find((other) => other.id === node.primaryId);
  if (!primary) return { role: "primary", offset: 1000, replicas: [] };
  return {
    role: "replica",
    primaryAddress: primary.address,
    primaryPort: primary.port,
    state: "connected",
    offset: 1000,
  };
}

/** What the node at `index` says when every node knows every other. */
export function makeView(nodes: readonly ModelNode[], index: number): View {
  const node = nodes[index];
  if (!node) throw new RangeError(`no node ${index}`);
  const owners = nodes.filter((one) => one.slots.length > 0).length;
  return {
    address: node.address,
    port: node.port,
    nodeId: node.id,
    nodes: nodes.map((one) => toEntry(one, one.id === node.id)),
    cluster: {
      state: "ok",
      slotsAssigned: 16384,
      slotsOk: 16384,
      slotsPfail: 0,
      slotsFail: 0,
      knownNodes: nodes.length,
      size: owners,
      currentEpoch: Math.max(...nodes.map((one) => one.configEpoch)),
      myEpoch: node.configEpoch,
    },
    server: makeServer(node),
    role: makeRole(node, nodes),
    links: nodes
      .filter((one) => one.id !== node.id)
      .flatMap((one) =>
        (["to", "from"] as const).map((direction) => ({ direction, nodeId: one.id, createdMs: 1, sendBufferBytes: 0 })),
      ),
    config: {
      "cluster-node-timeout": "5000",
      "cluster-replica-validity-factor": "10",
      "maxmemory-policy": "noeviction",
    },
  };
}

export function makeViews(nodes: readonly ModelNode[] = makeNodes()): View[] {
  return nodes.map((_, index) => makeView(nodes, index));
}

/** The views with one node's word on another changed. */
export function editEntry(
  views: readonly View[],
  by: number,
  { about, change }: { about: string; change: Partial<NodeEntry> },
): View[] {
  return views.map((view, index) =>
    index === by
      ? { ...view, nodes: view.nodes.map((entry) => (entry.id === about ? { ...entry, ...change } : entry)) }
      : view,
  );
}

/** The views with what one node says of its own server changed. */
export function editServer(views: readonly View[], index: number, change: Partial<ServerInfo>): View[] {
  return views.map((view, at) => (at === index ? { ...view, server: { ...view.server, ...change } } : view));
}

/** The nodes after `to` has taken over the slots of its primary. */
export function handedOver(nodes: readonly ModelNode[], to: string): ModelNode[] {
  const receiver = nodes.find((node) => node.id === to);
  const former = nodes.find((node) => node.id === receiver?.primaryId);
  if (!receiver || !former) throw new RangeError(`${to} is no replica`);
  const epoch = Math.max(...nodes.map((node) => node.configEpoch)) + 1;
  return nodes.map((node) => {
    if (node.id === to)
      return {
        id: node.id,
        address: node.address,
        port: node.port,
        role: "primary",
        configEpoch: epoch,
        slots: former.slots,
      };
    if (node.id === former.id || node.primaryId === former.id)
      return { ...node, role: "replica", primaryId: to, configEpoch: epoch, slots: [] };
    return node;
  });
}
