import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { JournalEntry, UpgradeStore } from "../../src/ports/journal.js";

export interface ContractStores {
  /** A store of this process; the same place each time. */
  readonly open: (cluster?: string) => UpgradeStore;
}

const BEGUN = {
  kind: "begun",
  upgrade: "u1",
  cluster: "c1",
  direction: "upgrade",
  plan: [],
  by: "test",
} as const satisfies JournalEntry;
const FINISHED: JournalEntry = { kind: "finished", outcome: "passed", reason: "" };

/**
 * What every store of upgrades keeps to, wherever it is.
 * @param stores asked in every test: the place is another one each time
 */
export function upgradeStoreContract(stores: () => ContractStores): void {
  const open = (): UpgradeStore => stores().open("c1");

  it("gives back what was appended, numbered and timed, also to another store of the same place", async () => {
    const { journal } = open();
    expect(await journal.read()).toEqual([]);
    const steps: JournalEntry[] = [BEGUN, { kind: "step-started", step: "a" }, { kind: "step-done", step: "a" }];
    const appended = await Promise.all(steps.map((entry) => journal.append(entry)));
    expect(await open().journal.read()).toEqual(appended);
    expect(appended).toEqual(
      steps.map((entry, index) => ({ ...entry, seq: index + 1, time: expect.stringMatching(/^\d{4}-.*Z$/) })),
    );
  });

  it("goes on with a journal that another store began", async () => {
    await open().journal.append(BEGUN);
    await open().journal.append({ kind: "step-started", step: "a" });
    expect(await open().journal.read()).toMatchObject([
      { seq: 1, kind: "begun" },
      { seq: 2, kind: "step-started" },
    ]);
  });

  it("holds records that are large together", async () => {
    const { journal } = open();
    await journal.append(BEGUN);
    const pad = "x".repeat(60_000);
    for (let n = 0; n < 6; n += 1) await journal.append({ kind: "noted", topic: "load", facts: { n, pad } });
    const seen = await open().journal.read();
    expect(seen.map((record) => (record.kind === "noted" ? record.facts["n"] : record.kind))).toEqual([
      "begun",
      0,
      1,
      2,
      3,
      4,
      5,
    ]);
  });

  it("refuses the journal of another cluster", async () => {
    await open().journal.append(BEGUN);
    const other = stores().open("c2").journal;
    const refusal = { code: "JOURNAL_FOREIGN", exitCode: 3, message: expect.stringMatching(/says c1, this one is c2/) };
    await expect(other.read()).rejects.toMatchObject(refusal);
    await expect(other.append(FINISHED)).rejects.toMatchObject(refusal);
  });

  it("begins a journal with its beginning", async () => {
    await expect(open().journal.append(FINISHED)).rejects.toMatchObject({ code: "JOURNAL_NOT_BEGUN", owner: "bug" });
    expect(await open().journal.read()).toEqual([]);
  });

  it("keeps a finished journal beside, and lists the newest first", async () => {
    const { journal } = open();
    await journal.archive();
    for (const upgrade of ["first", "second/odd name", "third"]) {
      await journal.append({ ...BEGUN, upgrade });
      await expect(journal.archive()).rejects.toMatchObject({ code: "JOURNAL_UNFINISHED" });
      await journal.append(FINISHED);
      await journal.archive();
      await sleep(2);
    }
    expect(await journal.read()).toEqual([]);
    const archived = await open().journal.archived(2);
    expect(archived.map(({ records }) => records)).toMatchObject([
      [{ upgrade: "third" }, { kind: "finished" }],
      [{ upgrade: "second/odd name" }, { kind: "finished" }],
    ]);
    expect(await journal.archived(10)).toHaveLength(3);
  });

  it("lets the same process take its lease again, and frees it after as many releases", async () => {
    const [one, two] = [open().lease, open().lease];
    expect(await one.take("one")).toEqual({ taken: true });
    expect(await two.take("two")).toEqual({ taken: true });
    await two.release();
    expect(await one.holder()).toMatchObject({ holder: expect.stringContaining(`one (process ${process.pid}`) });
    await one.release();
    expect(await one.holder()).toBeUndefined();
  });

  it("holds a brake until it is let go, a person's apart from the guard's", async () => {
    const { brake } = open();
    expect(await brake.get()).toBeUndefined();
    await brake.set("p99 412 ms > 250 ms", "guard");
    await brake.set("lunch", "person");
    const first = await brake.get();
    expect(first).toMatchObject({ by: "person", reason: "lunch" });
    await sleep(5);
    await brake.set("long lunch", "person");
    expect(await open().brake.get()).toEqual({ ...first, reason: "long lunch" });
    await brake.clear("guard");
    expect(await brake.get()).toMatchObject({ by: "person" });
    await brake.clear();
    expect(await brake.get()).toBeUndefined();
  });
}
