import type { Shard, Topology, TopologyNode } from "../../cluster/types.js";

/** A copy on another version than its primary's that will not be in step again. */
export interface LostCopy {
  readonly address: string;
  readonly port: number;
  readonly reason: string;
}

export interface CopyLog {
  add(topology: Topology): void;
  /** Of the newest look. */
  list(): readonly LostCopy[];
}

/**
 * So many full copies were begun and none was finished: the version cannot read what it is sent. Others of the shard that are being
 * started meanwhile need one or two.
 */
const FULL_COPIES_MIN = 4;

interface Known {
  readonly runId: string;
  readonly primaryRunId: string;
  /** The primary's count of full copies when this one was last in step with it, or first seen. */
  fullCopies: number;
  /** Replicated commands that this one had refused before the primary ran the other version. */
  readonly refused: number;
}

/**
 * Remembers how copies on one version fare under a primary on another. A full copy that such a replica cannot read empties it, and
 * it asks for the next at once: each costs its primary a fork. A replicated command that it does not know is dropped with a line in
 * its log, and it stays connected without that write.
 */
export function createCopyLog(): CopyLog {
  const known = new Map<string, Known>();
  let lost: readonly LostCopy[] = [];
  return {
    add(topology) {
      lost = topology.shards.flatMap((shard) => shard.replicas.flatMap((replica) => judge(shard, replica, known)));
    },
    list: () => lost,
  };
}

function judge({ primary }: Shard, replica: TopologyNode, known: Map<string, Known>): readonly LostCopy[] {
  const [lead, own] = [primary.view?.server, replica.view?.server];
  if (!lead || !own) return [];
  if (lead.version === own.version && lead.engine === own.engine) {
    known.delete(replica.id);
    return [];
  }
  const before = known.get(replica.id);
  const fresh = before?.runId !== own.runId || before.primaryRunId !== lead.runId;
  const now: Known = fresh
    ? {
        runId: own.runId,
        primaryRunId: lead.runId,
        fullCopies: lead.syncFull,
        refused: own.unexpectedErrorReplies,
      }
    : before;
  known.set(replica.id, now);
  if (own.primaryLinkUp === true) now.fullCopies = lead.syncFull;
  const begun = lead.syncFull - now.fullCopies;
  const refused = own.unexpectedErrorReplies - now.refused;
  const { address, port } = replica;
  if (refused > 0)
    return [{ address, port, reason: `${own.version} refused ${refused} replicated commands of ${lead.version}` }];
  return begun >= FULL_COPIES_MIN
    ? [{ address, port, reason: `${own.version} cannot read a full copy of ${lead.version}: ${begun} were begun` }]
    : [];
}
