import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  flaws,
  NO_FLAW,
  primaries,
  startTestCluster,
  type TestCluster,
  until,
  untilReady,
} from "./support/test-cluster.js";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.destroy();
  cluster = undefined;
});

const terminate = (started: TestCluster, pod: string): void =>
  void process.kill(started.processes(pod).kubelet?.pid ?? 0, "SIGTERM");
const isStopped = async (started: TestCluster, pod: string): Promise<boolean> =>
  (await started.pods()).find((one) => one.name === pod)?.phase === "stopped";

/** Every election of the cluster raises it by one. */
const epoch = async (started: TestCluster): Promise<number> =>
  Math.max(...(await started.topology()).views.map((view) => view.cluster.currentEpoch));

describe("a primary that is asked to stop", () => {
  it("gives its slots away first: no command fails, no write is lost", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const [pod = ""] = await primaries(started);
    const epochBefore = await epoch(started);
    const witness = await started.load(1000);
    await sleep(1000);
    terminate(started, pod);
    await until(`${pod} to be stopped`, 40, () => isStopped(started, pod));
    await sleep(1000);
    const report = await witness.finish();
    expect({ ...flaws(report), errors: report.errors }).toEqual({ ...NO_FLAW, errors: {} });
    // Of a busy machine, the load program's own delay is no stall of the cluster.
    expect(report.longestStallMs - report.selfLagMs).toBeLessThan(2000);
    // It did the hand-over, it did not die as a primary: its slots have another owner, by one election.
    expect(await primaries(started)).not.toContain(pod);
    expect(await epoch(started)).toBe(epochBefore + 1);

    await started.up();
    await untilReady(started, 30);
  });

  it("waits its turn when another primary is asked in the same second", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const [first = "", second = ""] = await primaries(started);
    const witness = await started.load(1000);
    await sleep(1000);
    terminate(started, first);
    terminate(started, second);
    await until(
      "both to be stopped",
      60,
      async () => (await isStopped(started, first)) && (await isStopped(started, second)),
    );
    await sleep(1000);
    const report = await witness.finish();
    expect({ ...flaws(report), errors: report.errors }).toEqual({ ...NO_FLAW, errors: {} });
    const after = await primaries(started);
    expect(after).not.toContain(first);
    expect(after).not.toContain(second);
  });

  it("comes back as a replica when it is replaced, with a new identity", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const [pod = ""] = await primaries(started);
    const before = (await started.pods()).find((one) => one.name === pod);
    await started.platform.replace(pod, before?.uid ?? "");
    await until(`a new ${pod}`, 60, async () =>
      (await started.pods()).find((one) => one.name === pod && one.uid !== before?.uid && one.ready),
    );
    await untilReady(started, 30);
    expect((await started.status(pod)).server?.role).toBe("replica");
  });
});

describe("a replica that is asked to stop", () => {
  it("has nothing to hand over and stops at once", async () => {
    cluster = await startTestCluster();
    const started = cluster;
    const owners = await primaries(started);
    const pod = (await started.pods()).find((one) => !owners.includes(one.name))?.name ?? "";
    const begin = performance.now();
    terminate(started, pod);
    await until(`${pod} to be stopped`, 10, () => isStopped(started, pod));
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(await primaries(started)).toEqual(owners);
  });
});

describe("the agent's state-changing calls", () => {
  it("are refused without the token, and change nothing", async () => {
    cluster = await startTestCluster();
    const [pod = ""] = await primaries(cluster);
    const { address } = await cluster.status(pod);
    for (const token of ["", "wrong"]) {
      const reply = await fetch(`http://${address}:9640/handover`, {
        method: "POST",
        headers: { "x-evenkeel-token": token },
      });
      expect(reply.status).toBe(401);
    }
    expect(await primaries(cluster)).toContain(pod);
  });
});
