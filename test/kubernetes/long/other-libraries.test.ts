import { expect, it } from "vitest";
import type { ClientLibrary } from "../support/clients.js";
import { engineValues } from "../support/release.js";
import { nobodyNoticed, seenBy, underLoad } from "../support/under-load.js";
import { withRelease } from "../support/with-release.js";

/** valkey-go reads `CLUSTER SHARDS` from version 8 on, Lettuce never asks for the map again, Jedis keeps pools of connections. */
const OTHERS: readonly ClientLibrary[] = ["valkey-go", "jedis", "lettuce"];

it.each(["redis@8.0", "valkey@8.1"])(
  "a plain `helm upgrade` from Redis 7.0 to %s: libraries that find their way otherwise notice nothing either",
  (to) =>
    withRelease({ helm: 4 }, async (release) => {
      const upgrade = async (): Promise<void> => {
        await release.upgrade(engineValues(to), { helm: 4 });
      };
      const seen = await underLoad(release, upgrade, undefined, OTHERS);
      process.stderr.write(`${to}: ${JSON.stringify(seen.clients)}\n`);
      expect(seenBy(seen)).toEqual(nobodyNoticed(OTHERS));
    }),
);
