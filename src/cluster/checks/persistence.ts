import { formatPlace } from "../format-node.js";
import type { View } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** The last writes to disk went well, and none is under way. */
export function checkPersistence({ topology: { views } }: Observed): CheckResult[] {
  const faults = (broken: (view: View) => string | undefined): Fault[] =>
    views.flatMap((view) => {
      const what = broken(view);
      return what === undefined ? [] : [{ subject: formatPlace(view), evidence: `${formatPlace(view)}: ${what}` }];
    });
  return [
    {
      id: "save.last",
      severity: "block",
      faults: faults(({ server }) => (server.lastSaveOk ? undefined : "rdb_last_bgsave_status:err")),
      evidence: "rdb_last_bgsave_status:ok on every node",
      advice:
        "see in the node's log why the snapshot failed (disk full, rights, memory for the fork), mend it, then BGSAVE",
    },
    {
      id: "aof.last",
      severity: "block",
      faults: faults(({ server }) => {
        if (!server.aofEnabled || (server.aofLastWriteOk && server.aofLastRewriteOk)) return undefined;
        return server.aofLastWriteOk ? "aof_last_bgrewrite_status:err" : "aof_last_write_status:err";
      }),
      evidence: "the last AOF write and rewrite went well on every node",
      advice: "see in the node's log why; mend it, then BGREWRITEAOF",
    },
    {
      id: "save.running",
      severity: "warn",
      faults: faults(({ server }) =>
        server.saveInProgress
          ? "rdb_bgsave_in_progress:1"
          : server.aofRewriteInProgress
            ? "aof_rewrite_in_progress:1"
            : undefined,
      ),
      evidence: "no snapshot or AOF rewrite is running",
      advice: "wait until it is done: a node that is stopped meanwhile throws it away",
    },
  ];
}
