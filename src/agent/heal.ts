import { type PeerFact, planRepair, type RepairAction } from "../cluster/repair.js";
import type { View } from "../cluster/types.js";
import { ReplyError } from "../redis/reply-error.js";
import type { NodeConnection } from "../redis/connect-node.js";
import { expectedPods } from "./cluster-size.js";
import type { AgentConfig } from "./config.js";
import type { AgentStatus } from "./status.js";

/** The same repair is not asked for again sooner: the bus needs a moment to show its effect. */
const REPEAT_MS = 2000;

export interface Healer {
  /** Repairs what this node has wrong; returns what was done, as sentences. */
  heal(facts: HealFacts): Promise<readonly string[]>;
}

export interface HealFacts {
  readonly view: View;
  /** Agents of this cluster that answered, without this one. */
  readonly peers: readonly AgentStatus[];
  readonly connection: NodeConnection;
  readonly now: number;
}

function toFact(peer: AgentStatus): PeerFact[] {
  if (!peer.server) return [];
  const { nodeId, role, primaryId, slots, keys } = peer.server;
  return [
    {
      pod: peer.pod,
      nodeId,
      address: peer.address,
      port: peer.port,
      role,
      slots,
      keys,
      placement: peer.placement,
      ...(primaryId === undefined ? {} : { primaryId }),
    },
  ];
}

const command = (action: RepairAction): readonly (string | number)[] => {
  switch (action.kind) {
    case "meet":
      return ["CLUSTER", "MEET", action.address, action.port];
    case "replicate":
      return ["CLUSTER", "REPLICATE", action.primaryId];
    case "forget":
      return ["CLUSTER", "FORGET", action.nodeId];
  }
};

/** Each agent repairs its own node and no other: stale addresses, a replica of a dead address, a volume that was lost. */
export function createHealer(config: AgentConfig): Healer {
  const done = new Map<string, number>();
  return {
    heal: async ({ view, peers, connection, now }) => {
      const actions = planRepair({
        view,
        announced: { address: config.announceAddress, port: config.serverPort },
        placement: config.placement,
        peers: peers.flatMap(toFact),
        expected: { shards: config.shards, replicas: config.replicas, pods: expectedPods(config) },
        ...(config.follow === undefined ? {} : { follow: config.follow }),
      });
      const said: string[] = [];
      for (const action of actions) {
        const words = command(action);
        const key = words.join(" ");
        if (now - (done.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) continue;
        done.set(key, now);
        try {
          await connection.call(...words);
          said.push(`${key}: ${action.reason}`);
        } catch (error) {
          if (!(error instanceof ReplyError)) throw error;
          said.push(`${key} was refused: ${error.message}`);
        }
      }
      return said;
    },
  };
}
