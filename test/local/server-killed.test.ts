import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { WitnessReport } from "../../src/ports/witness.js";
import { freezeAgent, killServer, thawAgent } from "./support/faults.js";
import { keyNames, missingKeys, writeKeys } from "./support/keys.js";
import { primaries, startTestCluster, type TestCluster, until, untilReady } from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const KEYS = keyNames("key", 300);
const NODE_TIMEOUT_MS = 5000;
const RATE = 300;

/** The first primary, or the first replica. */
async function podOf(started: TestCluster, role: "primary" | "replica"): Promise<string> {
  const owners = await primaries(started);
  const found = (await started.pods()).find((pod) => owners.includes(pod.name) === (role === "primary"));
  return found?.name ?? "";
}

const gatesServed = (started: TestCluster, pod: string): number =>
  started.agentLog(pod).split("let through the start gate").length - 1;

const describeFailures = (report: WitnessReport): string =>
  `${report.failed} of ${report.commands} commands failed, ${report.lost} lost, longest stall ${Math.round(report.longestStallMs)} ms: ${JSON.stringify(report.errors)}`;

const WAYS = [
  {
    way: "is restarted",
    killed: false,
    end: (started: TestCluster, pod: string) => started.platform.restartContainer(pod),
  },
  { way: "is killed", killed: true, end: async (started: TestCluster, pod: string) => killServer(started, pod) },
] as const;

describe.each(WAYS)("a server that $way alone, without its agent", ({ end, killed }) => {
  it.for(["replica", "primary"] as const)(
    "comes back as the %s through the start gate, with all its data",
    async (role, { annotate }) => {
      cluster = await startTestCluster();
      const started = cluster;
      await writeKeys(started, KEYS);
      const pod = await podOf(started, role);
      const owners = await primaries(started);
      const [{ server: run }, { agent }] = [await started.status(pod), started.processes(pod)];
      const witness = await started.load(RATE);
      await sleep(500);
      await end(started, pod);
      await until(`a new server of ${pod}`, 15, async () => {
        const { server, ready } = await started.status(pod);
        return server !== undefined && server.runId !== run?.runId && ready.ready;
      });
      await untilReady(started, 15);
      const report = await witness.finish();
      await annotate(describeFailures(report));
      // Nobody could hand over: commands may fail. What was acknowledged must be there, once.
      expect({ lost: report.lost, doubled: report.doubled }).toEqual({ lost: 0, doubled: 0 });
      if (role === "replica") expect(report.failed).toBe(0);
      expect(await missingKeys(started, KEYS)).toEqual([]);
      // Faster than the others call it dead, so nobody was elected, and it is the same node.
      expect(await primaries(started)).toEqual(owners);
      expect((await started.status(pod)).server?.nodeId).toBe(run?.nodeId);
      expect(gatesServed(started, pod)).toBe(2);
      expect(started.processes(pod)).toMatchObject({ containerRestarts: 1, agentRestarts: 0, agent });
    },
  );

  it("comes back as a replica when its own replica was elected meanwhile, and no confirmed write is lost", async ({
    annotate,
  }) => {
    cluster = await startTestCluster();
    const started = cluster;
    await writeKeys(started, KEYS);
    const pod = await podOf(started, "primary");
    const witness = await started.load(RATE);
    await sleep(500);
    // The gate stays shut for as long as the agent sleeps.
    freezeAgent(started, pod);
    await end(started, pod);
    await until("the election", NODE_TIMEOUT_MS / 1000 + 10, async () => {
      const topology = await started.topology();
      const { address } = started.processes(pod);
      return (
        topology.slotsCovered === 16384 &&
        topology.shards.filter((shard) => shard.primary.address !== address && shard.slots.length > 0).length === 3
      );
    });
    expect(gatesServed(started, pod)).toBe(1);
    thawAgent(started, pod);
    await untilReady(started, 20);
    const report = await witness.finish();
    await annotate(describeFailures(report));
    // A server that is told to end sends its replica all it has first. One that is killed cannot: the last unconfirmed may be lost.
    expect(report.doubled).toBe(0);
    if (!killed) expect(report.lost).toBe(0);
    expect((await started.status(pod)).server?.role).toBe("replica");
    expect(await missingKeys(started, KEYS)).toEqual([]);
  });
});
