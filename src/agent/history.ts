import type { View } from "../cluster/types.js";
import type { MemoryStore, WatchRecord } from "./memory.js";
import type { AgentHistory } from "./status.js";

/** What this agent saw of elections. Engines do not tell when a process was promoted or about whom it voted. */
export interface History {
  /** Takes in the newest view of the own server. */
  observe(view: View): void;
  tell(): AgentHistory;
}

/** Nodes with slots that are primaries in this view. */
function owners(view: View): ReadonlySet<string> {
  return new Set(view.nodes.filter((node) => node.role === "primary" && node.slots.length > 0).map((node) => node.id));
}

/**
 * @param servedStart true when this agent let the present server process through the gate: it then knows the process's whole life
 */
export function createHistory(memory: MemoryStore, servedStart: () => boolean): History {
  let watch: WatchRecord | undefined;
  let before: { readonly owners: ReadonlySet<string>; readonly primary: boolean } | undefined;

  const begin = (view: View, now: number): WatchRecord => {
    const stored = memory.get().watch;
    // No election since the record was written: nothing was missed while no agent watched.
    if (stored?.runId === view.server.runId && stored.currentEpoch === view.cluster.currentEpoch) return stored;
    const sinceMs = servedStart() ? now - view.server.uptimeSeconds * 1000 : now;
    return { runId: view.server.runId, currentEpoch: view.cluster.currentEpoch, sinceMs, primaryChangedAtMs: {} };
  };

  return {
    observe: (view) => {
      const now = Date.now();
      if (watch?.runId !== view.server.runId) {
        watch = begin(view, now);
        before = undefined;
      }
      const present = { owners: owners(view), primary: view.role.role === "primary" };
      if (before) {
        const changed = [...present.owners, ...before.owners].filter(
          (id) => present.owners.has(id) !== before?.owners.has(id),
        );
        if (before.owners.size > 0 && changed.length > 0) {
          const stamps = Object.fromEntries(changed.map((id) => [id, now]));
          watch = { ...watch, primaryChangedAtMs: { ...watch.primaryChangedAtMs, ...stamps } };
        }
        if (present.primary && !before.primary) watch = { ...watch, promotedAtMs: now };
      }
      before = present;
      watch = { ...watch, currentEpoch: view.cluster.currentEpoch };
      memory.update({ watch });
    },
    tell: () => {
      const now = Date.now();
      if (!watch) return { watchedProcessMs: 0, primaryChangedAgoMs: {} };
      return {
        watchedProcessMs: now - watch.sinceMs,
        ...(watch.promotedAtMs === undefined ? {} : { promotedAgoMs: now - watch.promotedAtMs }),
        primaryChangedAgoMs: Object.fromEntries(
          Object.entries(watch.primaryChangedAtMs).map(([id, at]) => [id, now - at]),
        ),
      };
    },
  };
}
