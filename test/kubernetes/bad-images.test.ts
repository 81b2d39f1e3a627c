import { describe, expect, it } from "vitest";
import { engineValues, type Values } from "./support/release.js";
import { NOBODY_NOTICED, seenBy, underLoad } from "./support/under-load.js";
import { withRelease } from "./support/with-release.js";

/** Helm gives up on the new image after this long; its rollback may take as long again. */
const TIMEOUT = "50s";

/** Each Helm has its own name for it. */
const ROLLBACK = { 3: "--atomic", 4: "--rollback-on-failure" } as const;

const BAD: readonly { readonly what: string; readonly from: string; readonly values: Values; readonly helm: 3 | 4 }[] =
  [
    { what: "cannot be pulled", from: "redis@7.0", values: { image: { tag: "7.0.99" } }, helm: 3 },
    {
      what: "crashes",
      from: "valkey@8.0",
      values: { ...engineValues("valkey@9.1"), config: { "no-such-thing": "1" } },
      helm: 4,
    },
    // Redis 7.0 can read neither the files of 8.0 nor what a primary of 8.0 sends.
    { what: "refuses the data", from: "redis@8.0", values: engineValues("redis@7.0"), helm: 4 },
  ];

describe.concurrent("`helm upgrade` to an image that", () => {
  for (const { what, from, values, helm } of BAD) {
    it(`${what} (Helm ${helm} ${ROLLBACK[helm]}): taken back by itself, and no client notices`, () =>
      withRelease({ values: engineValues(from), helm }, async (release) => {
        const seen = await underLoad(release, async () => {
          const flags = [ROLLBACK[helm], "--wait"];
          const result = await release.upgrade(values, { helm, flags, timeout: TIMEOUT, tolerate: true });
          expect(result).toMatchObject({ exitCode: 1 });
          await release.untilReady(90);
        });
        expect(seenBy(seen)).toEqual(NOBODY_NOTICED);
        const images = (await release.pods()).map(({ spec }) => (spec["containers"] as { image: string }[])[0]?.image);
        expect(new Set(images)).toEqual(new Set([`localhost/${from.replace("@", ":")}`]));
      }));
  }
});
