import { LAG_MAX_BYTES } from "../../cluster/constants.js";
import type { TopologyNode } from "../../cluster/types.js";
import type { Pod } from "../../ports/platform.js";

/**
 * How far a replica's data is. `lagging` follows its primary, too far behind; `syncing` receives a full copy or loads;
 * `broken` does neither; `lost` never will again, as those say who watched it.
 */
export type CopyState = "in-step" | "lagging" | "syncing" | "broken" | "lost";

/** A pod as the planner sees it. */
export interface Member {
  readonly name: string;
  readonly ordinal: number;
  /** Empty for a replica that is only planned. */
  readonly host: string;
  /** Runs the version that ran when the upgrade began. */
  readonly old: boolean;
  /** Was added for the upgrade, and is removed at its end. */
  readonly surge: boolean;
  readonly answers: boolean;
  /** The platform says that its server ended; otherwise a silent pod may still be serving others. */
  readonly crashed: boolean;
  readonly copy: CopyState;
}

export interface MemberFacts {
  /** Undefined for a pod that no node of the cluster knows. */
  readonly node: TopologyNode | undefined;
  /** Its primary; undefined for a primary. */
  readonly primary: TopologyNode | undefined;
  readonly old: boolean;
  readonly surge: boolean;
  readonly lost: boolean;
}

/** What the pod and its node say, put together. */
export function readMember(pod: Pod, { node, primary, old, surge, lost }: MemberFacts): Member {
  return {
    name: pod.name,
    ordinal: pod.ordinal,
    host: pod.placement.host,
    old,
    surge,
    answers: pod.phase === "running" && node?.view !== undefined,
    crashed: pod.phase === "crashed" || pod.phase === "stopped",
    copy: lost ? "lost" : copyState(node, primary),
  };
}

function copyState(node: TopologyNode | undefined, primary: TopologyNode | undefined): CopyState {
  const server = node?.view?.server;
  if (!server) return "broken";
  if (server.loading || server.asyncLoading || server.syncInProgress === true) return "syncing";
  if (!primary) return "in-step";
  if (server.primaryLinkUp !== true) return "broken";
  const ahead = (primary.view?.server.replicationOffset ?? 0) - server.replicationOffset;
  return ahead > LAG_MAX_BYTES ? "lagging" : "in-step";
}

/** Pods in the order in which people count them. */
export const byOrdinal = (a: Member, b: Member): number => a.ordinal - b.ordinal || (a.name < b.name ? -1 : 1);
