import { array, assert, integer, property, record, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";
import { majorityOf } from "../../../src/cluster/spread.js";
import { type Ground, type Mover, spreadEvenly } from "../../../src/cluster/spread-evenly.js";

const HOSTS = 5;

const movers = array(
  record({
    home: integer({ min: 0, max: HOSTS - 1 }),
    all: uniqueArray(integer({ min: 0, max: HOSTS - 1 }), { maxLength: 3 }),
  }).map(({ home, all }): Mover => ({ home, elsewhere: all.filter((host) => host !== home) })),
  { minLength: 1, maxLength: 5 },
);
const zones = array(integer({ min: 0, max: 2 }), { minLength: HOSTS, maxLength: HOSTS });

function countOf(places: readonly number[]): readonly number[] {
  return [...new Set(places)].map((place) => places.filter((other) => other === place).length);
}

/** What is to be least, the weightiest first. */
function judge(standing: readonly number[], all: readonly Mover[], { zoneOf, total }: Ground): readonly number[] {
  const [hosts, held] = [countOf(standing), countOf(standing.map((host) => zoneOf[host] ?? 0))];
  const beyond = (counts: readonly number[]): number =>
    counts.reduce((sum, count) => sum + Math.max(0, count - majorityOf(total) + 1), 0);
  const squares = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count ** 2, 0);
  const moved = standing.filter((host, index) => host !== all[index]?.home).length;
  return [beyond(hosts), beyond(held), squares(hosts), squares(held), moved];
}

const compare = (a: readonly number[], b: readonly number[]): number =>
  a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;

/** Every way to stand. */
function listAll([first, ...rest]: readonly Mover[]): readonly (readonly number[])[] {
  if (!first) return [[]];
  const others = listAll(rest);
  return [first.home, ...first.elsewhere].flatMap((host) => others.map((other) => [host, ...other]));
}

describe("spreadEvenly", () => {
  it("finds the best of all ways to stand", () => {
    assert(
      property(movers, zones, integer({ min: 0, max: 2 }), (all, zoneOf, unknown) => {
        const ground = { zoneOf, total: all.length + unknown };
        const best = listAll(all)
          .map((standing) => judge(standing, all, ground))
          .toSorted(compare)[0];
        expect(judge(spreadEvenly(all, ground), all, ground)).toEqual(best);
      }),
    );
  });

  it("puts each only where it may stand", () => {
    assert(
      property(movers, zones, (all, zoneOf) => {
        for (const [index, host] of spreadEvenly(all, { zoneOf, total: all.length }).entries())
          expect([all[index]?.home, ...(all[index]?.elsewhere ?? [])]).toContain(host);
      }),
    );
  });

  it("finds a way that needs several to move at once", () => {
    // The two on host 0 cannot go to the empty host 2; one on host 1 can, which makes room there.
    const all: Mover[] = [
      { home: 0, elsewhere: [1] },
      { home: 0, elsewhere: [] },
      { home: 1, elsewhere: [2] },
    ];
    expect(spreadEvenly(all, { zoneOf: [0, 1, 2], total: 3 })).toEqual([1, 0, 2]);
  });
});
