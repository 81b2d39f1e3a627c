/*
 * A whole upgrade of 6 nodes with empty data, against the sum of its parts measured in the same run: six restarts with their
 * resync when nothing but the same load is there (three replicas before it, three after it), and the drains of the upgrade's own hand-overs.
 * Run: npm run setup && npx tsx bench/upgrade.ts [to] [from]
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpgradeReport } from "../src/cli/upgrade-report.js";
import type { Event } from "../src/ports/event-sink.js";
import { settledReplica } from "../src/upgrade/engine/settled.js";
import { runCli, testPolicy } from "../test/local/support/run-cli.js";
import {
  primaries,
  startTestCluster,
  type TestCluster,
  until,
  untilReady,
} from "../test/local/support/test-cluster.js";

const TO = process.argv[2] ?? "redis@8.0";
const FROM = process.argv[3] ?? "redis@7.0";
const RATIO_MAX = 1.3;
/** Commands per second, as an upgrade's own witness sends them. */
const RATE = 200;

/** Asks for a pod's replacement and looks as often as it is cheap until it is in step and every view agrees. */
async function restart(cluster: TestCluster, name: string): Promise<number> {
  const old = (await cluster.pods()).find((pod) => pod.name === name);
  const begin = performance.now();
  await cluster.platform.replace(name, old?.uid ?? "");
  await until(`${name} to be in step again`, 120, async () => {
    const pod = (await cluster.pods()).find((one) => one.name === name);
    return pod?.ready === true && pod.uid !== old?.uid && settledReplica(await cluster.topology(), pod).reached;
  });
  return performance.now() - begin;
}

/** One replica of each shard, one after the other, under the load that the upgrade has too. */
async function restartReplicas(cluster: TestCluster): Promise<readonly number[]> {
  const owners = await primaries(cluster);
  const replicas = (await cluster.pods()).map((pod) => pod.name).filter((name) => !owners.includes(name));
  const load = await cluster.load(RATE);
  const taken: number[] = [];
  for (const name of replicas) taken.push(await restart(cluster, name));
  await untilReady(cluster, 30);
  await load.finish();
  return taken;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const seconds = (ms: number): number => Number((ms / 1000).toFixed(1));

const events = (file: string): readonly Event[] =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);

const durationMs = (event: Event): number => Number(event.data["durationMs"] ?? 0);

const cluster = await startTestCluster({ engine: FROM });
try {
  const before = await restartReplicas(cluster);

  const file = join(mkdtempSync(join(tmpdir(), "evenkeel-bench-")), "events.ndjson");
  writeFileSync(file, "");
  const begin = performance.now();
  const policy = testPolicy({ soak: { canaryMs: 0, ms: 0 } });
  const flags = ["--name", "rc", "--output", "json", "--events", file];
  const result = await runCli(cluster.home, [
    ...flags,
    "upgrade",
    "--to",
    TO,
    "--execute",
    "--rate",
    String(RATE),
    "--policy",
    policy,
  ]);
  const wholeMs = performance.now() - begin;
  const report = result.json() as UpgradeReport;
  const seen = events(file);
  const of = (code: string): readonly Event[] => seen.filter((event) => event.code === code);
  const handOvers = of("HANDOVER_FINISHED");
  const drainsMs = sum(handOvers.map((event) => (event.data["timings"] as { drain?: number }).drain ?? 0));
  await untilReady(cluster, 30);
  const after = await restartReplicas(cluster);
  const partsMs = sum([...before, ...after]) + drainsMs;
  const ratio = Number((wholeMs / partsMs).toFixed(2));
  const passed = result.code === 0 && ratio <= RATIO_MAX;
  const details = {
    restartsSeconds: [...before, ...after].map(seconds),
    rollsSeconds: of("POD_REPLACED").map((event) => seconds(durationMs(event))),
    handOversSeconds: handOvers.map((event) => seconds(durationMs(event))),
    phases: report.phases,
    clients: { commands: report.commands, failed: report.failed, lost: report.lost },
  };
  process.stdout.write(
    `${JSON.stringify({ from: FROM, to: TO, wholeSeconds: seconds(wholeMs), partsSeconds: seconds(partsMs), drainsSeconds: seconds(drainsMs), ratio, limit: RATIO_MAX, passed, ...details })}\n`,
  );
  process.exitCode = passed ? 0 : 1;
} finally {
  await cluster.destroy();
}
