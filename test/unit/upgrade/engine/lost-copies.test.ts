import { describe, expect, it } from "vitest";
import { combineViews } from "../../../../src/cluster/topology.js";
import type { ServerInfo, Topology } from "../../../../src/cluster/types.js";
import { createCopyLog } from "../../../../src/upgrade/engine/lost-copies.js";
import { makeViews } from "../../cluster/make-cluster.js";

/** Three primaries on 8.0, each with a replica on 7.0 (nodes 3 to 5); node 3 and its primary as given. */
function seen(replica: Partial<ServerInfo> = {}, primary: Partial<ServerInfo> = {}): Topology {
  const views = makeViews().map((view, n) => {
    const version = { version: n < 3 ? "8.0.6" : "7.0.15" };
    const own = n === 3 ? replica : n === 0 ? primary : {};
    return { ...view, server: { ...view.server, ...version, ...own } };
  });
  return combineViews(views, []);
}

function lostAfter(...looks: readonly Topology[]): readonly string[] {
  const log = createCopyLog();
  for (const look of looks) log.add(look);
  return log.list().map(({ address, reason }) => `${address}: ${reason}`);
}

const DOWN = { primaryLinkUp: false, syncInProgress: true };

describe("an old copy", () => {
  it("is lost when its primary begins one full copy after the other and the link never comes up", () => {
    const storm = [2, 5, 9, 14].map((syncFull) => seen(DOWN, { syncFull }));
    expect(lostAfter(seen({}, { syncFull: 1 }), ...storm)).toEqual([
      "10.0.0.4: 7.0.15 cannot read a full copy of 8.0.6: 13 were begun",
    ]);
  });

  it("is not lost while it is sent one full copy, however often others of the shard are started", () => {
    const restarts = [1, 2, 3, 4, 5, 6].map((syncFull) => seen({}, { syncFull }));
    expect(lostAfter(...restarts, seen(DOWN, { syncFull: 7 }), seen(DOWN, { syncFull: 8 }))).toEqual([]);
  });

  it("is lost when it refused replicated commands, though its link is up", () => {
    expect(lostAfter(seen({ unexpectedErrorReplies: 2 }), seen({ unexpectedErrorReplies: 5 }))).toEqual([
      "10.0.0.4: 7.0.15 refused 3 replicated commands of 8.0.6",
    ]);
  });

  it("is not lost for what an earlier process of it refused", () => {
    const restarted = { runId: "another", unexpectedErrorReplies: 4 };
    expect(lostAfter(seen({ unexpectedErrorReplies: 0 }), seen(restarted), seen(restarted))).toEqual([]);
  });

  it("is forgotten once it runs its primary's version", () => {
    const storm = [1, 9].map((syncFull) => seen(DOWN, { syncFull }));
    expect(lostAfter(...storm, seen({ version: "8.0.6", runId: "another" }, { syncFull: 10 }))).toEqual([]);
  });
});
