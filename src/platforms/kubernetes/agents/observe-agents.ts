import { comparePlaces } from "../../../cluster/compare-places.js";
import { combineViews } from "../../../cluster/topology.js";
import type { Topology, Unreachable, View } from "../../../cluster/types.js";
import { isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { Pod } from "../../../ports/platform.js";
import type { ViewReply } from "./agent-replies.js";
import type { AgentCaller } from "./call-agent.js";

const VIEW_TIMEOUT_MS = 5000;

/** Looks at the cluster with the eyes of its agents. */
export interface AgentEyes {
  readonly observe: (pods: readonly Pod[]) => Promise<Topology>;
  /** What each agent told last. */
  readonly known: () => ReadonlyMap<string, ViewReply>;
}

/** A pod of which nobody knows an address cannot be told from another one: it is left to the pods' own phases. */
function silent(pod: Pod, kind: Unreachable["kind"], reason: string): Unreachable[] {
  return pod.address === "" ? [] : [{ address: pod.address, port: pod.port, kind, reason: `${pod.name}: ${reason}` }];
}

/** Each agent shows what its own server says; a server or an agent that does not answer is named as unreachable. */
export function createAgentEyes(caller: AgentCaller): AgentEyes {
  const told = new Map<string, ViewReply>();
  const look = async (pod: Pod): Promise<{ view?: View; missing: Unreachable[] }> => {
    if (pod.uid === "") return { missing: silent(pod, "refused", pod.reason) };
    try {
      const reply = await caller.json<ViewReply>(pod.name, { path: "/view", timeoutMs: VIEW_TIMEOUT_MS });
      told.set(pod.name, reply);
      if (reply.view) return { view: reply.view, missing: [] };
      return { missing: silent(pod, reply.unreachable?.kind ?? "error", reply.unreachable?.reason ?? "no view") };
    } catch (error) {
      if (isEvenkeelError(error) && error.code === "KUBERNETES_FORBIDDEN") throw error;
      return { missing: silent(pod, "timeout", error instanceof Error ? error.message : String(error)) };
    }
  };
  return {
    known: () => told,
    observe: async (pods) => {
      const looks = await Promise.all(pods.map(look));
      const views = looks.flatMap(({ view }) => (view === undefined ? [] : [view])).toSorted(comparePlaces);
      return combineViews(
        views,
        looks.flatMap(({ missing }) => missing),
      );
    },
  };
}
