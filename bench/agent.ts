/*
 * The agent's own budget: the size of its bundle, the time from its start until it answers `/started`, its resident memory at
 * rest, and its share of a core. Run: npm run build && npx tsx bench/agent.ts [rounds] [seconds of rest]
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requestHttp } from "../src/platforms/local/http-request.js";
import { AGENT_NODE_FLAGS } from "../src/platforms/local/kubelet/node-flags.js";
import { ownPrograms } from "../src/platforms/local/spawn-kubelet.js";
import { clusterPaths, podPaths } from "../src/platforms/local/state-paths.js";
import { startTestCluster, type TestCluster } from "../test/local/support/test-cluster.js";

const ROUNDS = Number(process.argv[2] ?? 15);
const REST_SECONDS = Number(process.argv[3] ?? 600);
const LIMIT = { bundleBytes: 300_000, startedMs: 300, residentBytes: 64 * 1024 * 1024, cpuShare: 0.01 };
const ADDRESS = "127.126.9.1";

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Starts one agent of its own, as the kubelet does, on a volume that is empty; no server is needed for `/started`. */
async function startOnce(template: Record<string, unknown>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-bench-"));
  const own = {
    bindAddress: ADDRESS,
    announceAddress: ADDRESS,
    dataDir: folder,
    gate: join(folder, "gate"),
    peersDir: folder,
  };
  const file = join(folder, "agent.json");
  writeFileSync(file, JSON.stringify({ ...template, ...own }));
  const begin = performance.now();
  const child = spawn(process.execPath, [...AGENT_NODE_FLAGS, ownPrograms().agent, "--config", file], {
    stdio: "ignore",
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  try {
    for (;;) {
      const ask = { host: ADDRESS, port: Number(template["httpPort"]), path: "/started", timeoutMs: 100 };
      const status = await requestHttp(ask).then(
        (reply) => reply.status,
        () => 0,
      );
      if (status === 200) return performance.now() - begin;
      if (performance.now() - begin > 10_000) throw new Error("the agent did not start within 10 s");
      await sleep(2);
    }
  } finally {
    child.kill("SIGKILL");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the runtime itself takes to start and end, for comparison on a busy machine. */
function startBareNode(): number {
  const begin = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - begin;
}

interface Use {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

function useOf(pid: number): Use {
  const [rss = "0", time = "0"] = execFileSync("ps", ["-o", "rss=,cputimes=", "-p", String(pid)], { encoding: "utf8" })
    .trim()
    .split(/\s+/);
  return { residentBytes: Number(rss) * 1024, cpuSeconds: Number(time) };
}

const agentsOf = async (cluster: TestCluster): Promise<readonly number[]> =>
  (await cluster.pods()).map((pod) => cluster.processes(pod.name).agent?.pid ?? 0);

const cluster = await startTestCluster();
try {
  const [pod] = await cluster.pods();
  const paths = podPaths(clusterPaths(cluster.home, cluster.name), pod?.name ?? "");
  const template = JSON.parse(readFileSync(paths.agentConfig, "utf8")) as Record<string, unknown>;
  const [starts, bare]: [number[], number[]] = [[], []];
  for (let round = -1; round < ROUNDS; round += 1) {
    const [taken, node] = [await startOnce(template), startBareNode()];
    // The first round warms the page cache.
    if (round < 0) continue;
    starts.push(taken);
    bare.push(node);
  }
  const pids = await agentsOf(cluster);
  const before = pids.map(useOf);
  process.stderr.write(`rests for ${REST_SECONDS} s\n`);
  await sleep(REST_SECONDS * 1000);
  const after = pids.map(useOf);
  const cpuShares = after.map((use, n) => (use.cpuSeconds - (before[n]?.cpuSeconds ?? 0)) / REST_SECONDS);
  const measured = {
    bundleBytes: statSync(ownPrograms().agent).size,
    startedMs: Math.round(median(starts)),
    residentBytes: Math.max(...after.map((use) => use.residentBytes)),
    cpuShare: Number(Math.max(...cpuShares).toFixed(4)),
  };
  const passed =
    measured.bundleBytes < LIMIT.bundleBytes &&
    measured.startedMs < LIMIT.startedMs &&
    measured.residentBytes <= LIMIT.residentBytes &&
    measured.cpuShare <= LIMIT.cpuShare;
  const details = {
    bareNodeMs: Math.round(median(bare)),
    startedMaxMs: Math.round(Math.max(...starts)),
    restSeconds: REST_SECONDS,
  };
  process.stdout.write(`${JSON.stringify({ rounds: ROUNDS, ...measured, ...details, limit: LIMIT, passed })}\n`);
  process.exitCode = passed ? 0 : 1;
} finally {
  await cluster.destroy();
}
