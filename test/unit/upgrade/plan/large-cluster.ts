import { splitSlots } from "../../../../src/cluster/slots.js";
import { slotSignature } from "../../../../src/cluster/slots.js";
import type { Shard, Topology, TopologyNode, View } from "../../../../src/cluster/types.js";
import type { Pod, PodTemplate } from "../../../../src/ports/platform.js";
import { makeNodes, makeView } from "../../cluster/make-cluster.js";

const addressOf = (index: number): string => `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`;

/**
 * A healthy cluster of shards with one replica each, every node with a whole view of all others. The topology is put together
 * directly: making one of a thousand views takes longer than planning, and is not what is measured.
 * @param versionOf version of the n-th pod; primaries come first
 */
export function makeLargeCluster(
  size: number,
  from: PodTemplate,
  versionOf: (index: number) => PodTemplate = () => from,
): { readonly topology: Topology; readonly pods: readonly Pod[] } {
  const shards = Math.floor(size / 2);
  const nodes = makeNodes({ shards, replicas: 1 }).map((node, index) => ({ ...node, address: addressOf(index) }));
  const [first] = nodes.map((_, index) => (index === 0 ? makeView(nodes, 0) : undefined));
  if (!first) throw new RangeError("no nodes");
  const others = first.nodes.map((entry) => ({ ...entry, self: false }));
  const views = nodes.map((node, index): View => {
    const { engine, version } = versionOf(index);
    const replica = node.role === "replica";
    return {
      ...first,
      address: node.address,
      nodeId: node.id,
      nodes: others.with(index, { ...others[index]!, self: true }),
      server: {
        ...first.server,
        engine,
        version,
        role: node.role,
        ...(replica ? { primaryLinkUp: true, syncInProgress: false } : {}),
      },
    };
  });
  const all = nodes.map((node, index): TopologyNode => ({ ...node, view: views[index]! }));
  const owners = all.slice(0, shards);
  return {
    topology: {
      nodes: all,
      shards: owners.map((primary, index): Shard => ({
        primary,
        replicas: [all[shards + index]!],
        slots: primary.slots,
      })),
      strays: [],
      views,
      unreachable: [],
      disagreements: [],
      slotSignature: slotSignature(owners),
      slotsCovered: splitSlots(shards).reduce((sum, { start, end }) => sum + end - start + 1, 0),
    },
    pods: nodes.map((node, ordinal): Pod => ({
      name: `rc-${ordinal}`,
      ordinal,
      phase: "running",
      ready: true,
      address: node.address,
      port: node.port,
      placement: { pod: `rc-${ordinal}`, host: `host-${ordinal % 100}`, zone: `zone-${ordinal % 3}` },
      template: versionOf(ordinal),
      uid: String(ordinal),
      containerRestarts: 0,
      reason: "",
    })),
  };
}
