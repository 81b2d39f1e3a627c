import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CHART, engineValues, installRelease, type Release, type Values } from "../support/release.js";

const DEMO = parse(readFileSync(`${CHART}/values-demo.yaml`, "utf8")) as Values;
/** Its volumes are larger than the test machine's; all else is as it is. */
const demo = (engine: string): Values => ({ ...DEMO, ...engineValues(engine), persistence: { size: "1Gi" } });

describe.each([3, 4] as const)("values-demo.yaml with Helm %i", (helm) => {
  let release: Release;
  beforeAll(async () => {
    release = await installRelease({ helm, values: demo("redis@7.0"), timeout: "3m" });
  });
  afterAll(() => release?.remove());

  it("passes helm test: a pod of the engine's image pings, writes and reads", async () => {
    const { stdout } = await release.helm("test", release.name, "--logs");
    expect(stdout).toContain("cluster_slots_ok:16384");
    expect(stdout).toContain("12 keys written, read and deleted");
  });

  it("says in the notes of an upgrade which pod was missing when it began", async () => {
    await release.kubectl("delete", "pod", `${release.name}-5`, "--wait=false");
    const { stdout } = await release.upgrade(demo("redis@7.0"), { helm });
    expect(stdout).toMatch(new RegExp(`WHEN THIS CHANGE BEGAN\\n {2}(?:missing|not ready): +${release.name}-5`));
  });
});

describe("helm rollback", () => {
  let release: Release;
  beforeAll(async () => {
    release = await installRelease({ values: demo("redis@7.0"), timeout: "3m" });
  });
  afterAll(() => release?.remove());

  const uids = async (): Promise<readonly string[]> =>
    (await release.pods()).map(({ metadata }) => metadata.uid).toSorted();

  it("goes back on settings", async () => {
    await release.upgrade({ config: { maxmemory: "200mb" } });
    await release.helm("rollback", release.name, "1", "--wait", "--timeout", "5m");
    expect(await release.call(`${release.name}-0`, "CONFIG", "GET", "maxmemory")).toContain(String(256 * 1024 * 1024));
  });

  it("is refused with the reason, and touches no pod, when the former engine could not read the data", async () => {
    await release.upgrade(engineValues("redis@8.0"));
    const before = await uids();
    const refusal = release.helm("rollback", release.name, "1", "--wait", "--timeout", "5m");
    await expect(refusal).rejects.toThrow(/past the point of no return.*redis@7\.0/s);
    expect(await uids()).toEqual(before);
  });

  it("leaves a release that can be freed as the refusal says", async () => {
    const { stdout } = await release.helm("history", release.name, "--output", "json");
    const deployed = (JSON.parse(String(stdout)) as { revision: number; status: string }[]).find(
      ({ status }) => status === "deployed",
    );
    const before = await uids();
    await release.helm("rollback", release.name, String(deployed?.revision), "--wait");
    expect(await uids()).toEqual(before);
    await release.upgrade({ commonAnnotations: {} });
  });
});
