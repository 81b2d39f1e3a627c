import { type EngineSpec, formatEngine, versionMatches } from "../../cluster/engines.js";
import { findPair } from "../../cluster/pairs/find-pair.js";

/** What a pod's agent says of its server, as far as a rollback is concerned. */
export interface RunningServer extends EngineSpec {
  readonly pod: string;
  readonly nodeId: string;
  readonly role: "primary" | "replica";
  readonly primaryId?: string;
  readonly slots: number;
  /** Of a replica: whether its link to the primary is up. */
  readonly primaryLinkUp?: boolean;
}

export interface RollbackVerdict {
  readonly allowed: boolean;
  /** As a sentence. */
  readonly reason: string;
}

const runs = (target: EngineSpec, server: RunningServer): boolean =>
  server.engine === target.engine && versionMatches(target.version, server.version);

/** Shards of which no copy that is in step runs the target's version, by their primary. */
function withoutOldCopy(target: EngineSpec, servers: readonly RunningServer[]): readonly RunningServer[] {
  return servers.filter(
    (primary) =>
      primary.role === "primary" &&
      primary.slots > 0 &&
      !servers.some(
        (copy) =>
          runs(target, copy) &&
          (copy === primary || (copy.primaryId === primary.nodeId && copy.primaryLinkUp === true)),
      ),
  );
}

/**
 * Judges whether the chart may go back to an engine version now. It may as long as every shard has a copy that runs it, or the
 * engine can come back by itself; else its pods would refuse the data, one after the other.
 * @param target engine and version of the revision that is rolled back to
 * @param servers those that answer; with none there is nothing to protect
 */
export function judgeRollback(target: EngineSpec, servers: readonly RunningServer[]): RollbackVerdict {
  const wanted = formatEngine(target);
  if (servers.length === 0)
    return { allowed: true, reason: "no server answers: there is nothing that a rollback could harm" };
  const late = withoutOldCopy(target, servers);
  const [first] = late;
  if (first === undefined) return { allowed: true, reason: `every shard has a copy on ${wanted}` };
  const pair = findPair(target, { engine: first.engine, version: first.version });
  const after = pair.known ? pair.row.wayBack.afterCommit : "unknown";
  const why = pair.known
    ? pair.row.wayBack.why
    : `nobody has tried to go from ${wanted} to ${formatEngine(first)} and back`;
  if (after === "full" || after === "full-after-wipe")
    return { allowed: true, reason: `${wanted} can come back: ${why}` };
  return {
    allowed: false,
    reason: `past the point of no return: no copy of the shard of ${late.map(({ pod }) => pod).join(", ")} runs ${wanted} any more; ${why}`,
  };
}
