import { keySlot } from "../../../cluster/key-slot.js";
import { slotOwners } from "../../../cluster/slots.js";
import type { Topology } from "../../../cluster/types.js";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { connectBinary } from "../../../redis/connect-binary.js";
import type { BinaryCommand, BinaryConnection } from "../../../redis/connect-binary.js";
import { observeAll } from "../../../redis/observe-all.js";
import { ReplyError } from "../../../redis/reply-error.js";
import { readInfo } from "./read-info.js";

/** A key as `DUMP` gives it, with the moment at which it expires. */
export interface DumpedKey {
  readonly key: Buffer;
  readonly value: Buffer;
  /** Unix time in milliseconds; 0: never. */
  readonly expiresAtMs: number;
}

/** The cluster that gets the data. */
export interface RestoreTarget {
  /** Each key goes to the owner of its slot. @throws EvenkeelError `RESTORE_FAILED` */
  restore(database: number, keys: readonly DumpedKey[]): Promise<void>;
  /** Functions are no keys: every primary needs them, replicas get them from theirs. */
  restoreFunctions(dump: Buffer): Promise<void>;
  countKeys(): Promise<number>;
  close(): void;
}

/** A hand-over takes slots elsewhere meanwhile: the map is read again and the key goes there. */
const MAX_TRIES = 5;

interface Owner {
  readonly connection: BinaryConnection;
  database: number;
}

function failed(key: Buffer, why: string): EvenkeelError {
  return new EvenkeelError(`the key ${JSON.stringify(key.toString("latin1"))} could not be restored: ${why}`, {
    code: "RESTORE_FAILED",
    owner: "environment",
    hint: "nothing of the snapshot is lost; make the cluster empty again and restore anew",
  });
}

const primariesOf = (topology: Topology): Topology["nodes"] =>
  topology.shards.filter((shard) => shard.slots.length > 0).map((shard) => shard.primary);

function groupByOwner(
  keys: readonly DumpedKey[],
  owners: readonly (string | undefined)[],
): ReadonlyMap<string | undefined, readonly DumpedKey[]> {
  const groups = new Map<string | undefined, DumpedKey[]>();
  for (const dumped of keys) {
    const id = owners[keySlot(dumped.key)];
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [dumped]);
    else group.push(dumped);
  }
  return groups;
}

function writes({ key, value, expiresAtMs }: DumpedKey): BinaryCommand {
  return ["RESTORE", key, expiresAtMs, value, ...(expiresAtMs === 0 ? [] : ["ABSTTL"])];
}

/**
 * Opens the cluster for a restore.
 *
 * @throws EvenkeelError `NODE_UNREACHABLE`
 */
export async function openTarget(
  nodes: readonly { readonly address: string; readonly port: number }[],
  password: string | undefined,
): Promise<RestoreTarget> {
  const connections = new Map<string, Owner>();
  const look = (): Promise<Topology> => observeAll(nodes.map((node) => ({ ...node, password })));
  let topology = await look();
  let owners = slotOwners(primariesOf(topology));

  const ownerOf = async (id: string): Promise<Owner> => {
    const known = connections.get(id);
    if (known !== undefined) return known;
    const node = topology.nodes.find((one) => one.id === id);
    if (node === undefined) throw new Error(`no node ${id}`);
    const connection = await connectBinary({ to: { address: node.address, port: node.port }, password });
    const owner = { connection, database: 0 };
    connections.set(id, owner);
    return owner;
  };
  const send = async (id: string, database: number, keys: readonly DumpedKey[]): Promise<DumpedKey[]> => {
    const owner = await ownerOf(id);
    if (owner.database !== database) await owner.connection.call("SELECT", database);
    owner.database = database;
    const replies = await owner.connection.pipeline(keys.map(writes));
    return keys.filter((dumped, index) => {
      const reply = replies[index];
      if (!(reply instanceof ReplyError)) return false;
      if (["MOVED", "CLUSTERDOWN", "TRYAGAIN"].includes(reply.prefix)) return true;
      throw failed(dumped.key, reply.message);
    });
  };
  return {
    restore: async (database, keys) => {
      let left: readonly DumpedKey[] = keys;
      for (let tries = 1; left.length > 0; tries += 1) {
        const refused: DumpedKey[] = [];
        for (const [id, group] of groupByOwner(left, owners)) {
          refused.push(...(id === undefined ? group : await send(id, database, group)));
        }
        left = refused;
        const [first] = left;
        if (first === undefined) return;
        if (tries >= MAX_TRIES) throw failed(first.key, "its slot moves again and again");
        topology = await look();
        owners = slotOwners(primariesOf(topology));
      }
    },
    restoreFunctions: async (dump) => {
      for (const { id } of primariesOf(topology)) {
        await (await ownerOf(id)).connection.call("FUNCTION", "RESTORE", dump, "REPLACE");
      }
    },
    countKeys: async () => {
      topology = await look();
      let keys = 0;
      for (const { id } of primariesOf(topology)) {
        const info = await readInfo((await ownerOf(id)).connection);
        keys += info.databases().reduce((sum, database) => sum + database.keys, 0);
      }
      return keys;
    },
    close: () => {
      for (const { connection } of connections.values()) connection.close();
    },
  };
}
