import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { list, until } from "../support/kube.js";
import { installRelease, type Release } from "../support/release.js";
import { flawsOfWitness, startWitness, tokenOf } from "../support/witness.js";

let release: Release;
beforeAll(async () => {
  release = await installRelease();
});
afterAll(() => release.remove());

const WITNESS = "evenkeel.dev/component=witness";
const leftovers = async (): Promise<readonly string[]> => {
  const kinds = await Promise.all(["jobs", "pods", "configmaps"].map((kind) => list(release.namespace, kind, WITNESS)));
  return kinds.flat().map(({ metadata }) => metadata.name);
};

describe("the witness as a Job", () => {
  it("tells every window while it runs, reads everything back at the end, and leaves nothing behind", async () => {
    const witness = await startWitness(release, { config: { cleanup: true } });
    await until("forty windows", 30, async () => witness.windows().length >= 40);
    const spec = await release.kubectl("get", "pods,jobs,configmaps", "-l", WITNESS, "-o", "yaml");
    expect(spec).not.toContain(await tokenOf(release));
    const report = await witness.finish();
    const windows = witness.windows();
    expect(new Set(Object.values(flawsOfWitness(report)).map((flaws) => JSON.stringify(flaws)))).toEqual(
      new Set(['{"errors":{},"lost":0,"doubled":0}']),
    );
    // One after the other without a gap: no window was lost on the way, none came twice.
    for (const [index, window] of windows.entries()) {
      const before = windows[index - 1];
      if (before) expect(window.atMs - before.atMs - before.durationMs).toBeCloseTo(0, 0);
    }
    expect(windows.reduce((sum, window) => sum + window.commands, 0)).toBe(report.commands);
    await until("its objects to be gone", 30, async () => (await leftovers()).length === 0);
    const keys = await Promise.all((await release.primaries()).map((pod) => release.call(pod, "DBSIZE")));
    expect(keys.map(Number)).toEqual([0, 0, 0]);
  });

  it("ends by itself, with its read-back, when nobody has followed it for a while", async () => {
    const witness = await startWitness(release, { config: { aloneSeconds: 3, ttlSeconds: 60 } });
    expect(await witness.ended).toMatchObject({ lost: 0, doubled: 0 });
    await until("its objects to be gone", 30, async () => (await leftovers()).length === 0);
  });

  it("of a runner that is gone is removed by the next runner of an upgrade", async () => {
    const first = await startWitness(release, { purpose: "upgrade", runner: "first" });
    const second = await startWitness(release, { purpose: "upgrade", runner: "second" });
    await until("the first one's Job to be gone", 30, async () => {
      const jobs = await list(release.namespace, "jobs", WITNESS);
      return jobs.length === 1 && jobs[0]?.metadata.labels?.["evenkeel.dev/runner"] === "second";
    });
    await first.ended.catch(() => undefined);
    expect(await second.finish()).toMatchObject({ lost: 0 });
  });

  it("takes no orders without the token", async () => {
    const witness = await startWitness(release);
    const [pod] = await list(release.namespace, "pods", WITNESS);
    const order = `fetch("http://${String(pod?.status["podIP"])}:9640/abort",{method:"POST"}).then((reply)=>console.log(reply.status))`;
    expect(await release.kubectl("exec", "rc-1", "-c", "agent", "--", "node", "-e", order)).toContain("401");
    expect(await witness.finish()).toMatchObject({ lost: 0 });
  });

  it("is gone at once when it is aborted", async () => {
    const witness = await startWitness(release);
    await witness.abort();
    await expect(witness.ended).rejects.toMatchObject({ code: "WITNESS_ABORTED" });
    await until("its objects to be gone", 30, async () => (await leftovers()).length === 0);
  });

  it("that cannot reach the cluster says which client, and is removed", async () => {
    const config = { seeds: [{ address: "198.19.255.250", port: 6379 }], connectSeconds: 3 };
    await expect(startWitness(release, { config })).rejects.toMatchObject({ code: "WITNESS_NOT_CONNECTED" });
    await until("its objects to be gone", 30, async () => (await leftovers()).length === 0);
  });
});
