import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import { localUpgradeStore } from "../../src/platforms/local/upgrade-store/local-upgrade-store.js";
import { upgradeStoreContract } from "../support/upgrade-store-contract.js";

describe("the local store of upgrades", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "evenkeel-store-"));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  upgradeStoreContract(() => ({ open: (cluster = "c1") => localUpgradeStore({ home, name: "rc", cluster }) }));
});
