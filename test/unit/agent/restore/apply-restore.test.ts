import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { applyRestore } from "../../../../src/agent/restore/apply-restore.js";
import { stopsForRestore, writeRequest } from "../../../../src/agent/restore/restore-request.js";
import { placeSnapshot, stageSnapshot } from "../../../../src/agent/restore/staged-snapshot.js";
import { contents, newPod, nextPod, SET, setRole, SNAPSHOT, type TestPod } from "./volume.js";

const pods: TestPod[] = [];
afterEach(() => {
  for (const { root } of pods.splice(0)) rmSync(root, { recursive: true, force: true });
});

const FORMER = { engine: "redis", version: "7.0" } as const;
const NEWER = { "dump.rdb": "REDIS0012 newer", "appendonlydir/appendonly.aof.7.base.rdb": "REDIS0012 newer base" };
const ASIDE = Object.fromEntries(Object.entries(NEWER).map(([path, text]) => [`aside/${path}`, text]));
const BASE = "appendonly.aof.1.base.rdb";
const PLACED = {
  [`appendonlydir/${BASE}`]: SNAPSHOT,
  "appendonlydir/appendonly.aof.manifest": `file ${BASE} seq 1 type b\n`,
};

/** A pod of the newer version that was asked. */
async function asked(role: "primary" | "replica"): Promise<TestPod> {
  const pod = newPod({ role });
  pods.push(pod);
  const { dataDir } = pod.config;
  if (role === "primary") await stageSnapshot(dataDir, async (path) => writeFileSync(path, SNAPSHOT));
  writeRequest(pod.config, { set: SET, shard: 0, role, template: FORMER });
  return pod;
}

describe("a restore that the pod before was asked for", () => {
  it("a primary starts on the snapshot; what the newer engine wrote is kept aside", async () => {
    const { config } = nextPod(await asked("primary"), "redis@7.0");
    expect(applyRestore(config)).toMatch(/shard 0 goes back to snapshot .*starts on it; moved aside: dump\.rdb/);
    expect(contents(config.dataDir)).toEqual({ ...PLACED, ...ASIDE });
    expect(applyRestore(config)).toBeUndefined();
    expect(contents(config.dataDir)).toEqual({ ...PLACED, ...ASIDE });
  });

  it.each(["appendonly no", 'appendonly "no"', "appendonly yes; appendonly no"])(
    "with `%s` the snapshot is the server's dump.rdb",
    async (lines) => {
      const { config } = nextPod(await asked("primary"), "redis@7.0", lines.split("; "));
      applyRestore(config);
      expect(contents(config.dataDir)).toEqual({ "dump.rdb": SNAPSHOT, ...ASIDE });
    },
  );

  it("a replica starts empty", async () => {
    const { config } = nextPod(await asked("replica"), "redis@7.0");
    expect(applyRestore(config)).toContain("starts empty");
    expect(contents(config.dataDir)).toEqual(ASIDE);
  });

  it("the pod that was asked goes on with its data when its server or its agent is started again", async () => {
    const pod = await asked("primary");
    expect(applyRestore({ ...pod.config, version: "7.0" })).toBeUndefined();
    expect(contents(pod.config.dataDir)).toMatchObject(NEWER);
  });

  it("is dropped by a next pod of another version: somebody goes forward instead", async () => {
    const { config } = nextPod(await asked("primary"), "redis@8.0");
    expect(applyRestore(config)).toMatch(/dropped: it was meant for redis@7\.0, and this pod runs redis@8\.0/);
    expect(contents(config.dataDir)).toEqual(NEWER);
  });

  it("is dropped when an election changed the roles: what was to start empty may have the only data", async () => {
    const pod = await asked("replica");
    setRole(pod.config.dataDir, "primary");
    const { config } = nextPod(pod, "redis@7.0");
    expect(applyRestore(config)).toMatch(/dropped: .* owns slots now/);
    expect(contents(config.dataDir)).toEqual(NEWER);
  });
});

describe("an agent that is killed while it applies one", () => {
  const aside = "evenkeel-aside/earlier-before-restore";
  const moveOne = (dataDir: string, name: string): void => {
    mkdirSync(join(dataDir, aside), { recursive: true });
    renameSync(join(dataDir, name), join(dataDir, aside, name));
  };
  const moveBoth = (dataDir: string): void => ["dump.rdb", "appendonlydir"].forEach((name) => moveOne(dataDir, name));

  it.each<[string, (dataDir: string) => void]>([
    ["before it moved anything", () => undefined],
    ["between two moves", (dataDir) => moveOne(dataDir, "dump.rdb")],
    ["when all is moved aside", moveBoth],
    [
      "when the snapshot is in its place",
      (dataDir) => {
        moveBoth(dataDir);
        placeSnapshot(dataDir, { appendOnly: true });
      },
    ],
  ])("%s: the next process ends with the same", async (_, until) => {
    const { config } = nextPod(await asked("primary"), "redis@7.0");
    until(config.dataDir);
    expect(applyRestore(config)).toContain("starts on it");
    expect(contents(config.dataDir)).toEqual({ ...PLACED, ...ASIDE });
  });

  it("with the append-only file off and dump.rdb in its place: it is not moved aside again", async () => {
    const { config } = nextPod(await asked("primary"), "redis@7.0", ["appendonly no"]);
    moveBoth(config.dataDir);
    placeSnapshot(config.dataDir, { appendOnly: false });
    applyRestore(config);
    expect(contents(config.dataDir)).toEqual({ "dump.rdb": SNAPSHOT, ...ASIDE });
  });
});

describe("whether a pod stops for a restore", () => {
  it("is so for the pod that was asked, and not for the next one", async () => {
    const pod = await asked("replica");
    expect(stopsForRestore(pod.config)).toBe(true);
    expect(stopsForRestore(nextPod(pod, "redis@7.0").config)).toBe(false);
  });
});
