import { describe, expect, it } from "vitest";
import type { Topology } from "../../../../src/cluster/types.js";
import { combineViews } from "../../../../src/cluster/topology.js";
import { createOutageLog } from "../../../../src/upgrade/engine/outages.js";
import { handedOver, idOf, makeNodes, makeViews } from "../../cluster/make-cluster.js";

const whole = (): Topology => combineViews(makeViews(), []);
/** The first primary does not answer; everybody still knows it. */
const headless = (): Topology => combineViews(makeViews().slice(1), []);
const FIRST = "0-5460";

describe("outages", () => {
  it("are none while every primary answers, and none for one look that got no answer", () => {
    const log = createOutageLog();
    for (const [n, topology] of [whole(), headless(), whole()].entries()) log.add(topology, n * 500);
    expect(log.list(2000)).toEqual([]);
  });

  it("last from the last look that was answered until the next one, be it by another primary", () => {
    const log = createOutageLog();
    const elected = combineViews(makeViews(handedOver(makeNodes(), idOf(3))), []);
    for (const [n, topology] of [whole(), headless(), headless(), headless(), elected].entries()) {
      log.add(topology, n * 500);
    }
    expect(log.list(9000)).toEqual([{ slots: FIRST, ms: 2000 }]);
  });

  it("are none of a primary without slots, which comes and goes", () => {
    const log = createOutageLog();
    const nodes = makeNodes().map((node) =>
      node.id === idOf(3) ? { ...node, role: "primary" as const, primaryId: undefined, slots: [] } : node,
    );
    const extra = combineViews(makeViews(nodes), []);
    for (const [n, topology] of [extra, whole(), whole(), whole()].entries()) log.add(topology, n * 500);
    expect(log.list(2000)).toEqual([]);
  });

  it("that go on count until now", () => {
    const log = createOutageLog();
    for (const [n, topology] of [whole(), headless(), headless()].entries()) log.add(topology, n * 500);
    expect(log.list(5000)).toEqual([{ slots: FIRST, ms: 5000 }]);
  });
});
