/*
 * How long `check pre` takes: no longer than `redis-cli --cluster check` on the same six nodes plus the bare start of the
 * command line (`--version`); and `--help` no longer than twice the bare start of Node. Interleaved rounds in one run,
 * because machines are noisy: 25 rounds were too few to tell a millisecond. Run: npm run build && npx tsx bench/check.ts [rounds]
 */
import { execFileSync } from "node:child_process";
import { parseEngineSpec } from "../src/cluster/engines.js";
import { resolveEngine } from "../src/platforms/local/engines/resolve-engine.js";
import { startTestCluster } from "../test/local/support/test-cluster.js";

const ROUNDS = Number(process.argv[2] ?? 100);
const ENGINE = process.argv[3] ?? "redis@7.0";

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const cluster = await startTestCluster({ engine: ENGINE });
const taken: Record<string, number[]> = {};
try {
  const { cli } = await resolveEngine(parseEngineSpec(ENGINE), { env: process.env });
  const [first] = await cluster.pods();
  const evenkeel = [process.execPath, "bin/evenkeel.js"];
  const programs: Readonly<Record<string, readonly string[]>> = {
    redisCli: [...cli, "--cluster", "check", `${first?.address}:${first?.port}`],
    version: [...evenkeel, "--version"],
    check: [...evenkeel, "check", "pre", "--name", cluster.name, "--output", "json"],
    node: [process.execPath, "-e", "0"],
    help: [...evenkeel, "--help"],
  };
  const env = { ...process.env, EVENKEEL_HOME: cluster.home };
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [name, [program = "", ...args]] of Object.entries(programs)) {
      const begin = performance.now();
      execFileSync(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
      // The first round warms the page cache.
      if (round >= 0) (taken[name] ??= []).push(performance.now() - begin);
    }
  }
} finally {
  await cluster.destroy();
}
const medians = Object.fromEntries(
  Object.entries(taken).map(([name, values]) => [name, Number(median(values).toFixed(1))]),
);
const { redisCli = 0, version = 0, check = 0, node = 0, help = 0 } = medians;
const result = {
  engine: ENGINE,
  rounds: ROUNDS,
  mediansMs: medians,
  checkAimMs: Number((redisCli + version).toFixed(1)),
  helpAimMs: Number((2 * node).toFixed(1)),
  passed: check <= redisCli + version && help <= 2 * node,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.passed ? 0 : 1);
