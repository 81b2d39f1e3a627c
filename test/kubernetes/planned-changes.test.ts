import { describe, expect, it } from "vitest";
import { drain } from "./support/faults.js";
import { installBefore, tellOnFailure } from "./support/install-before.js";
import { engineValues, type Release } from "./support/release.js";
import { NOBODY_NOTICED, seenBy, slowestMs, underLoad } from "./support/under-load.js";
import { withRelease } from "./support/with-release.js";

async function versions(release: Release): Promise<ReadonlySet<string>> {
  const infos = (await release.pods()).map(({ metadata }) => release.call(metadata.name, "INFO", "server"));
  // Valkey tells a `redis_version` of its own past too, for old clients.
  const read = (info: string): string =>
    (/valkey_version:(\d+\.\d+)/.exec(info) ?? /redis_version:(\d+\.\d+)/.exec(info))?.[1] ?? "";
  return new Set((await Promise.all(infos)).map(read));
}

describe.concurrent("a plain `helm upgrade` that changes the image, with nothing of ours but the chart", () => {
  it("Helm 4, Redis 7.0 to 8.0: no client of any language notices", () =>
    withRelease({ helm: 4 }, async (release) => {
      const seen = await underLoad(release, async () => {
        await release.upgrade(engineValues("redis@8.0"), { helm: 4 });
      });
      expect(seenBy(seen)).toEqual(NOBODY_NOTICED);
      expect(await versions(release)).toEqual(new Set(["8.0"]));
    }));

  it("Helm 3, Valkey 8.0 to 9.1: no client of any language notices", () =>
    withRelease({ helm: 3, values: engineValues("valkey@8.0") }, async (release) => {
      const seen = await underLoad(release, async () => {
        await release.upgrade(engineValues("valkey@9.1"), { helm: 3 });
      });
      expect(seenBy(seen)).toEqual(NOBODY_NOTICED);
      expect(await versions(release)).toEqual(new Set(["9.1"]));
    }));
});

describe("pods that somebody else stops", () => {
  const installed = installBefore();

  it("`kubectl delete pod` of a primary: it hands its slots over first, and no client notices", async () => {
    const release = installed();
    tellOnFailure(release);
    const seen = await underLoad(release, async () => {
      await release.kubectl("delete", "pod", "rc-0");
      expect(await release.primaries()).not.toContain("rc-0");
      await release.untilReady(60);
    });
    expect(seenBy(seen)).toEqual(NOBODY_NOTICED);
  });

  it("`kubectl drain` of four nodes in a row without a pause: no client notices, no command takes longer than 500 ms", async () => {
    const release = installed();
    tellOnFailure(release);
    const seen = await underLoad(release, async () => {
      for (const node of [1, 2, 3, 4]) await drain(node);
      await release.untilReady(60);
    });
    expect(seenBy(seen)).toEqual(NOBODY_NOTICED);
    expect(slowestMs(seen)).toBeLessThan(500);
  });
});
