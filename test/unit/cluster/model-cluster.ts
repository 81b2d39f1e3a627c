import type { FormationAction, FormationNode } from "../../../src/cluster/formation.js";
import type { SlotRange } from "../../../src/cluster/types.js";
import { idOf, makeView, type ModelNode } from "./make-cluster.js";

/** A server of the model: what it knows changes only by the commands that a real one takes, and by gossip. */
interface ModelServer {
  readonly id: string;
  readonly address: string;
  slots: SlotRange[];
  epoch: number;
  primaryId: string | undefined;
  readonly knows: Set<string>;
  /** Addresses that it has sent a MEET to and that have not answered yet. */
  readonly greets: Set<string>;
}

/**
 * A model of a cluster in formation. Its own rules, as those of the engines: an epoch can be set only on a node that knows no
 * other and has none; a slot has one owner; a primary must be known by id before it can be followed.
 */
export class ModelCluster {
  readonly servers: ModelServer[];
  readonly refusals: string[] = [];

  constructor(size: number) {
    this.servers = Array.from({ length: size }, (_, index) => ({
      id: idOf(index),
      address: `10.0.0.${index + 1}`,
      slots: [],
      epoch: 0,
      primaryId: undefined,
      knows: new Set(),
      greets: new Set(),
    }));
  }

  apply(action: FormationAction): void {
    const server = this.servers[action.kind === "meet" ? 0 : action.ordinal];
    if (!server) throw new RangeError(`no server for ${action.kind}`);
    switch (action.kind) {
      case "add-slots":
        if (server.primaryId !== undefined) this.refusals.push("ADDSLOTSRANGE on a replica");
        else server.slots = [...server.slots, ...action.slots];
        return;
      case "set-epoch":
        if (server.knows.size > 0 || server.epoch !== 0)
          this.refusals.push("SET-CONFIG-EPOCH on a node that knows others");
        else server.epoch = action.epoch;
        return;
      case "meet":
        server.greets.add(action.address);
        return;
      case "replicate":
        if (!server.knows.has(action.primaryId) || server.slots.length > 0)
          this.refusals.push("REPLICATE of an unknown node");
        else server.primaryId = action.primaryId;
    }
  }

  /** One beat of the bus: greetings end, and everybody tells everybody whom it knows. */
  gossip(): void {
    for (const server of this.servers) {
      for (const address of server.greets) {
        const other = this.servers.find((one) => one.address === address);
        if (!other) continue;
        server.knows.add(other.id);
        other.knows.add(server.id);
      }
      server.greets.clear();
    }
    for (const server of this.servers) {
      for (const id of server.knows) {
        for (const further of this.servers.find((one) => one.id === id)?.knows ?? [])
          if (further !== server.id) server.knows.add(further);
      }
    }
  }

  look(): FormationNode[] {
    return this.servers.map((server, ordinal) => {
      const table = this.servers
        .filter((one) => one.id === server.id || server.knows.has(one.id))
        .map((one) => this.#toNode(one));
      const view = makeView(
        table,
        table.findIndex((one) => one.id === server.id),
      );
      const covered = table.flatMap((one) => one.slots).reduce((sum, { start, end }) => sum + end - start + 1, 0);
      const greeted = [...server.greets].map((address, index) => {
        const entry = view.nodes[0];
        if (!entry) throw new Error("an empty table");
        return {
          ...entry,
          id: `${index}`.repeat(40),
          address,
          self: false,
          handshake: true,
          linkConnected: false,
          slots: [],
        };
      });
      return {
        ordinal,
        nodeId: server.id,
        address: server.address,
        port: 6379,
        keys: 0,
        view: {
          ...view,
          nodes: [...view.nodes, ...greeted],
          cluster: { ...view.cluster, state: covered === 16384 ? ("ok" as const) : ("fail" as const) },
        },
      };
    });
  }

  #toNode({ id, address, slots, epoch, primaryId }: ModelServer): ModelNode {
    const role = primaryId === undefined ? ("primary" as const) : ("replica" as const);
    return {
      id,
      address,
      port: 6379,
      role,
      ...(primaryId === undefined ? {} : { primaryId }),
      configEpoch: epoch,
      slots,
    };
  }
}
