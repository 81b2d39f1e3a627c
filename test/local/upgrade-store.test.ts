import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localUpgradeStore } from "../../src/platforms/local/upgrade-store/local-upgrade-store.js";
import type { JournalEntry, UpgradeStore } from "../../src/ports/journal.js";

const MODULE = new URL("../../src/platforms/local/upgrade-store/local-upgrade-store.ts", import.meta.url).href;
const BEGUN: JournalEntry = { kind: "begun", upgrade: "u1", cluster: "c1", direction: "upgrade", plan: [], by: "test" };
const FINISHED: JournalEntry = { kind: "finished", outcome: "passed", reason: "" };

let home: string;
let folder: string;
let store: UpgradeStore;
const children: ChildProcessWithoutNullStreams[] = [];

beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), "evenkeel-store-"));
  folder = path.join(home, "clusters", "rc", "upgrade");
  store = localUpgradeStore({ home, name: "rc", cluster: "c1" });
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await store.lease.release();
  await rm(home, { recursive: true, force: true });
});

/** SIGKILL, and waits until the process is gone. */
async function kill(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

interface Actor {
  readonly child: ChildProcessWithoutNullStreams;
  /** Sends a line, resolves with the answer. */
  ask(line: string): Promise<string>;
  /** All answers so far. */
  readonly said: string[];
}

/** A process of its own that uses the same store: answers each line on its standard input with one line. */
async function startActor(): Promise<Actor> {
  const program = `
    import { writeSync } from "node:fs";
    import { createInterface } from "node:readline";
    import { localUpgradeStore } from ${JSON.stringify(MODULE)};
    const store = localUpgradeStore({ home: ${JSON.stringify(home)}, name: "rc", cluster: "c1" });
    const say = (text) => writeSync(1, text + "\\n");
    const acts = {
      take: async () => say(JSON.stringify(await store.lease.take("actor"))),
      release: async () => say(String(await store.lease.release())),
      append: async (from) => {
        for (let n = Number(from); ; n += 1) {
          const pad = "x".repeat(n % 5 === 0 ? 200_000 : 20);
          await store.journal.append({ kind: "noted", topic: "load", facts: { n, pad } });
          say(String(n));
        }
      },
    };
    createInterface({ input: process.stdin }).on("line", (line) => {
      const [act, argument] = line.split(" ");
      void acts[act](argument);
    });
    say("here");`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program]);
  children.push(child);
  const said: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(line);
    waiting.shift()?.(line);
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += String(data)));
  const gone = once(child, "exit").then((): never => {
    throw new Error(`the actor is gone: ${stderr}`);
  });
  // Most actors end while nobody waits for an answer.
  gone.catch(() => undefined);
  const next = (): Promise<string> => Promise.race([new Promise<string>((resolve) => waiting.push(resolve)), gone]);
  await next();
  return {
    child,
    said,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
  };
}

describe("the upgrade lease", () => {
  it("goes to one of two processes that want it at the same time, and to the other when the first is done", async () => {
    const actors = await Promise.all([startActor(), startActor()]);
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(actors.map((actor) => actor.ask("take")));
      const winner = answers.indexOf('{"taken":true}');
      expect(answers.filter((answer) => answer === '{"taken":true}')).toHaveLength(1);
      expect(JSON.parse(answers[1 - winner] ?? "")).toEqual({
        taken: false,
        holder: `actor (process ${actors[winner]?.child.pid})`,
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
      await actors[winner]?.ask("release");
    }
    // Numbers grow, files do not.
    expect(readdirSync(folder)).toEqual(["lease.20.json"]);
  });

  it("of a holder that was killed is taken over by exactly one of two", async () => {
    for (let round = 0; round < 3; round += 1) {
      const [victim, ...heirs] = await Promise.all([startActor(), startActor(), startActor()]);
      expect(await victim?.ask("take")).toBe('{"taken":true}');
      expect(await heirs[0]?.ask("take")).toContain('"taken":false');
      if (victim) await kill(victim.child);
      const answers = await Promise.all(heirs.map((heir) => heir.ask("take")));
      expect(answers.filter((answer) => answer === '{"taken":true}')).toHaveLength(1);
      for (const heir of heirs) await kill(heir.child);
    }
  });

  it("may be taken again by its own process, and is free after as many releases", async () => {
    const again = localUpgradeStore({ home, name: "rc", cluster: "c1" }).lease;
    expect(await store.lease.take("one")).toEqual({ taken: true });
    expect(await again.take("two")).toEqual({ taken: true });
    await again.release();
    expect(await store.lease.holder()).toMatchObject({ holder: `one (process ${process.pid})` });
    await store.lease.release();
    expect(await store.lease.holder()).toBeUndefined();
  });

  it("that nobody can read is refused with the file's name and what to do", async () => {
    await store.lease.take("one");
    await store.lease.release();
    writeFileSync(path.join(folder, "lease.7.json"), '{"who":"somebody"');
    await expect(store.lease.take("me")).rejects.toMatchObject({
      code: "STATE_CORRUPT",
      message: expect.stringContaining("lease.7.json"),
      hint: expect.stringMatching(/no upgrade of this cluster runs.*rm .*lease\.7\.json/),
    });
  });
});

describe("the journal on disk", () => {
  const file = () => path.join(folder, "journal.ndjson");

  it("gives back what was appended, numbered and timed, also in another process's eyes", async () => {
    expect(await store.journal.read()).toEqual([]);
    const steps: JournalEntry[] = [BEGUN, { kind: "step-started", step: "a" }, { kind: "step-done", step: "a" }];
    const appended = await Promise.all(steps.map((entry) => store.journal.append(entry)));
    const seen = await localUpgradeStore({ home, name: "rc", cluster: "c1" }).journal.read();
    expect(seen).toEqual(appended);
    expect(seen).toEqual(
      steps.map((entry, index) => ({ ...entry, seq: index + 1, time: expect.stringMatching(/^\d{4}-.*Z$/) })),
    );
  });

  it("loses no acknowledged record when its writer is killed at any moment, and can always be read and gone on with", async () => {
    await store.journal.append(BEGUN);
    const acknowledged: number[] = [];
    let cuts = 0;
    for (let round = 0; round < 8; round += 1) {
      const actor = await startActor();
      await actor.ask(`append ${round * 100_000}`);
      await sleep(Math.random() * 60);
      await kill(actor.child);
      acknowledged.push(...actor.said.slice(1).map(Number));
      if (!readFileSync(file(), "utf8").endsWith("\n")) cuts += 1;

      const kept = new Set(
        (await store.journal.read()).map((one) => (one.kind === "noted" ? one.facts["n"] : undefined)),
      );
      expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
      await store.journal.append({ kind: "step-started", step: `round ${round}` });
      expect((await store.journal.read()).at(-1)).toMatchObject({ step: `round ${round}` });
    }
    expect(acknowledged.length).toBeGreaterThan(8);
    const repairs = (await store.journal.read()).filter(
      (one) => one.kind === "noted" && one.topic === "journal repaired",
    );
    expect(repairs).toHaveLength(cuts);
  }, 60_000);

  it("cut in the middle of a line is read without it, repaired by the next append, and says so", async () => {
    for (const entry of [BEGUN, FINISHED]) await store.journal.append(entry);
    const bytes = readFileSync(file()).length;
    truncateSync(file(), bytes - 30);
    expect(await store.journal.read()).toHaveLength(1);
    // Reading repairs nothing: somebody may be just writing that line.
    expect(readFileSync(file())).toHaveLength(bytes - 30);
    await store.journal.append({ kind: "step-started", step: "a" });
    expect(await store.journal.read()).toMatchObject([
      { seq: 1, kind: "begun" },
      { seq: 2, kind: "noted", topic: "journal repaired", facts: { line: 2 } },
      { seq: 3, kind: "step-started" },
    ]);
  });

  it("with a changed byte is refused, by file and line", async () => {
    for (const entry of [BEGUN, FINISHED]) await store.journal.append(entry);
    writeFileSync(file(), readFileSync(file(), "utf8").replace('"by":"test"', '"by":"tesT"'));
    const refusal = {
      code: "JOURNAL_CORRUPT",
      exitCode: 3,
      message: expect.stringContaining(`${file()} is corrupt at line 1`),
    };
    await expect(store.journal.read()).rejects.toMatchObject(refusal);
    const resumed = localUpgradeStore({ home, name: "rc", cluster: "c1" }).journal;
    await expect(resumed.append(FINISHED)).rejects.toMatchObject(refusal);
  });

  it("of another cluster is refused", async () => {
    await store.journal.append(BEGUN);
    const other = localUpgradeStore({ home, name: "rc", cluster: "c2" }).journal;
    const refusal = { code: "JOURNAL_FOREIGN", exitCode: 3, message: expect.stringMatching(/says c1, this one is c2/) };
    await expect(other.read()).rejects.toMatchObject(refusal);
    await expect(other.append(FINISHED)).rejects.toMatchObject(refusal);
    await expect(store.journal.append({ ...BEGUN, cluster: "c3" })).rejects.toMatchObject({ code: "JOURNAL_FOREIGN" });
  });

  it("begins with its beginning", async () => {
    await expect(store.journal.append(FINISHED)).rejects.toMatchObject({ code: "JOURNAL_NOT_BEGUN", owner: "bug" });
    expect(existsSync(file())).toBe(false);
  });

  it("that is finished is kept beside, and the newest are listed first", async () => {
    await store.journal.archive();
    for (const upgrade of ["first", "second/odd name", "third"]) {
      await store.journal.append({ ...BEGUN, upgrade });
      await expect(store.journal.archive()).rejects.toMatchObject({ code: "JOURNAL_UNFINISHED" });
      await store.journal.append(FINISHED);
      await store.journal.archive();
      await sleep(2);
    }
    expect(await store.journal.read()).toEqual([]);
    const archived = await store.journal.archived(2);
    expect(archived.map(({ records }) => records)).toMatchObject([
      [{ upgrade: "third" }, { kind: "finished" }],
      [{ upgrade: "second/odd name" }, { kind: "finished" }],
    ]);
    expect(await store.journal.archived(10)).toHaveLength(3);
  });

  it("in a folder that cannot be written is an error with the next step", async () => {
    const blocked = path.join(home, "clusters");
    writeFileSync(blocked, "");
    await expect(store.journal.append(BEGUN)).rejects.toMatchObject({
      code: "JOURNAL_UNWRITABLE",
      message: expect.stringMatching(/journal\.ndjson: (ENOTDIR|EEXIST)/),
      hint: expect.stringContaining("df"),
    });
  });
});

describe("the brake", () => {
  it("is held until it is let go, and keeps its time when it is set again", async () => {
    expect(await store.brake.get()).toBeUndefined();
    await store.brake.set("lunch", "person");
    const first = await store.brake.get();
    await sleep(5);
    await store.brake.set("long lunch", "person");
    expect(await store.brake.get()).toEqual({ ...first, reason: "long lunch" });
    await store.brake.clear();
    expect(await store.brake.get()).toBeUndefined();
  });

  it("of a person is not let go by the guard", async () => {
    await store.brake.set("p99 412 ms > 250 ms", "guard");
    await store.brake.set("lunch", "person");
    expect(await store.brake.get()).toMatchObject({ by: "person", reason: "lunch" });
    await store.brake.clear("guard");
    expect(await store.brake.get()).toMatchObject({ by: "person" });
    await store.brake.clear("person");
    expect(await store.brake.get()).toBeUndefined();
  });

  it("that nobody can read is refused, and can be set anew or let go", async () => {
    await store.brake.set("lunch", "person");
    writeFileSync(path.join(folder, "brake.person.json"), "");
    await expect(store.brake.get()).rejects.toMatchObject({
      code: "STATE_CORRUPT",
      hint: expect.stringContaining("evenkeel release"),
    });
    await store.brake.set("lunch", "person");
    expect(await store.brake.get()).toMatchObject({ reason: "lunch" });
    await store.brake.clear();
  });
});
