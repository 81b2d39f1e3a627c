/*
 * How long it takes to plan the upgrade of a large cluster, its way back, and where its primaries are to stand. Run: npx tsx bench/plan.ts [nodes] [rounds]
 */
import { findPair } from "../src/cluster/pairs/find-pair.js";
import { planPlacement } from "../src/cluster/plan-placement.js";
import { planRollback } from "../src/upgrade/plan/plan-rollback.js";
import { planUpgrade } from "../src/upgrade/plan/plan-upgrade.js";
import { makeLargeCluster } from "../test/unit/upgrade/plan/large-cluster.js";

const NODES = Number(process.argv[2] ?? 1000);
const ROUNDS = Number(process.argv[3] ?? 15);
const LIMIT_MS = 200;

const from = { engine: "redis", version: "7.0.15" } as const;
const to = { engine: "redis", version: "8.0.6" } as const;
const timing = {
  canarySoakMs: 30_000,
  soakMs: 60_000,
  podMs: 1,
  handoverMs: 1,
  snapshotMs: 1,
  checkMs: 1,
  configurationMs: 1,
};
const common = { from, to, pair: findPair(from, to), timing };

const before = makeLargeCluster(NODES, from);
const after = makeLargeCluster(NODES, from, (index) => (index < NODES / 2 ? to : from));

const plan = (): number =>
  planUpgrade({
    ...common,
    ...before,
    acceptUnknownPair: false,
    surge: true,
    done: { snapshot: false, canarySoaked: false, soaked: false },
  }).steps.length;
const back = (): number =>
  planRollback({ ...common, ...after, backPair: findPair(to, from), acceptDataLoss: false }).steps.length;

// Its primaries crowd 40 of 100 hosts.
const placed = before.pods.map(({ address, port, ordinal, placement }) => {
  const host = ordinal < NODES / 2 ? (ordinal * 7) % 40 : (ordinal * 13) % 100;
  return { address, port, placement: { ...placement, host: `host-${host}`, zone: `zone-${host % 3}` } };
});
const place = (): number => planPlacement(before.topology, placed).handovers.length;

/** The first call, which compiles, and the median of the others. */
function measure(work: () => number): { readonly steps: number; readonly firstMs: number; readonly medianMs: number } {
  let steps = 0;
  const times = Array.from({ length: ROUNDS + 1 }, () => {
    const begin = performance.now();
    steps = work();
    return performance.now() - begin;
  });
  const [first = 0, ...rest] = times;
  const median = rest.toSorted((a, b) => a - b)[Math.floor(rest.length / 2)] ?? first;
  return { steps, firstMs: Number(first.toFixed(1)), medianMs: Number(median.toFixed(1)) };
}

const result = {
  nodes: NODES,
  limitMs: LIMIT_MS,
  upgrade: measure(plan),
  rollback: measure(back),
  place: measure(place),
};
const passed = [result.upgrade, result.rollback, result.place].every(({ firstMs }) => firstMs <= LIMIT_MS);
process.stdout.write(`${JSON.stringify({ ...result, passed })}\n`);
process.exit(passed ? 0 : 1);
