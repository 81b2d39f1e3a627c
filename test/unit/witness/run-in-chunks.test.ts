import { describe, expect, it } from "vitest";
import { readBack } from "../../../src/witness/read-back.js";
import { createClientLedger } from "../../../src/witness/client-ledger.js";
import { runInChunks } from "../../../src/witness/run-in-chunks.js";

const unreadable = async () => Promise.reject(new Error("LOADING dataset"));
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("work in chunks", () => {
  it("does every item once, and again only those that failed", async () => {
    const tries = new Map<number, number>();
    const progress: number[] = [];
    await runInChunks(
      numbers(2500),
      async (n) => {
        const count = (tries.get(n) ?? 0) + 1;
        tries.set(n, count);
        if (n % 1000 === 7 && count < 3) throw new Error("CLUSTERDOWN The cluster is down");
      },
      { what: "try", deadlineMs: 5000, onDone: (done) => progress.push(done) },
    );
    expect(tries.size).toBe(2500);
    expect([tries.get(6), tries.get(7), tries.get(1007)]).toEqual([1, 3, 3]);
    expect(progress).toEqual([1000, 2000, 2500]);
  });

  it("says that it is incomplete, and why, when the deadline comes first", async () => {
    const work = runInChunks(
      numbers(10),
      async (n) => {
        if (n === 3) throw new Error("CLUSTERDOWN The cluster is down");
      },
      { what: "read back", deadlineMs: 150 },
    );
    await expect(work).rejects.toMatchObject({
      code: "WITNESS_INCOMPLETE",
      message: "could not read back every key within 0.15 s: 9 done, last error: CLUSTERDOWN The cluster is down",
    });
  });

  it("keeps the deadline also when an answer never comes", async () => {
    const never = new Promise<void>(() => undefined);
    const work = runInChunks(numbers(1), () => never, { what: "read back", deadlineMs: 50 });
    await expect(work).rejects.toMatchObject({ code: "WITNESS_INCOMPLETE" });
  });
});

describe("the read-back", () => {
  it("never takes a key that it could not read for a good one", async () => {
    const ledger = createClientLedger("p");
    ledger.acknowledge(ledger.next(), 1);
    const options = { deadlineMs: 100, onDone: () => undefined };
    await expect(readBack(unreadable, [{ name: "a", ledger }], options)).rejects.toMatchObject({
      code: "WITNESS_INCOMPLETE",
    });
  });

  it("counts per client and names the keys", async () => {
    const [a, b] = [createClientLedger("a"), createClientLedger("b")];
    for (const ledger of [a, b]) {
      for (let n = 0; n < 6; n += 1) {
        const command = ledger.next();
        ledger.acknowledge(command, 1);
      }
    }
    const stored: Record<string, string> = { "a:i:0": "1", "a:i:1": "2", "a:s:0": "1", "a:s:1": "1", "a:s:2": "1" };
    const get = async (key: string) => (key.startsWith("b:") ? "1" : (stored[key] ?? null));
    const ledgers = [
      { name: "a", ledger: a },
      { name: "b", ledger: b },
    ];
    expect(await readBack(get, ledgers, { deadlineMs: 1000, onDone: () => undefined })).toEqual({
      lost: 1,
      doubled: 1,
      clients: { a: { lost: 1, doubled: 1 }, b: { lost: 0, doubled: 0 } },
      lostKeys: ["a:i:2"],
      doubledKeys: ["a:i:1"],
    });
  });
});
