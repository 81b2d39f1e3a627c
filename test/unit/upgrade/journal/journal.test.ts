import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JournalEntry, JournalRecord } from "../../../../src/ports/journal.js";
import { decodeJournal, encodeRecord, NO_SUM, sumOfLine } from "../../../../src/upgrade/journal/index.js";

const ENTRIES: readonly JournalEntry[] = [
  { kind: "begun", upgrade: "u1", cluster: "c1", direction: "upgrade", plan: { steps: ["é", "\n"] }, by: "me" },
  { kind: "step-started", step: "canary/roll/rc-3" },
  { kind: "step-done", step: "canary/roll/rc-3", facts: { sum: "0".repeat(64), replica: "rc-6" } },
  { kind: "step-failed", step: "s", reason: "no" },
  { kind: "braked", reason: "lunch", by: "person" },
  { kind: "released", by: "person" },
  { kind: "noted", topic: "snapshot", facts: { bytes: 12 } },
  { kind: "rollback-begun", reason: "p99", plan: null },
  { kind: "finished", outcome: "rolled-back", reason: "p99" },
];

const TIME = "2026-01-02T03:04:05.678Z";

function numbered(entries: readonly JournalEntry[]): JournalRecord[] {
  return entries.map((entry, index) => ({ seq: index + 1, time: TIME, ...entry }));
}

function encodeAll(records: readonly JournalRecord[]): string {
  let sum = NO_SUM;
  return records
    .map((record) => {
      const line = encodeRecord(sum, record);
      sum = sumOfLine(line);
      return line;
    })
    .join("");
}

const RECORDS = numbered(ENTRIES);
const TEXT = encodeAll(RECORDS);

const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.constantFrom(...ENTRIES),
  fc.record({ kind: fc.constant("step-started"), step: fc.string({ unit: "grapheme", maxLength: 20 }) }),
  fc.record({
    kind: fc.constant("noted"),
    topic: fc.string(),
    facts: fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true }),
  }),
);
/** JSON knows no minus zero. */
const plain = (records: readonly JournalRecord[]): unknown => JSON.parse(JSON.stringify(records));
const journal = fc.array(entry, { minLength: 1, maxLength: 8 }).map(numbered);

describe("a journal", () => {
  it("gives back what was put in, of every kind", () => {
    expect(decodeJournal(TEXT)).toEqual({
      records: RECORDS,
      repaired: false,
      sum: sumOfLine(TEXT.slice(TEXT.slice(0, -1).lastIndexOf("\n") + 1)),
      text: TEXT,
    });
  });

  it("is one line a record, with its number, time, kind, data and sum", () => {
    const [line = ""] = TEXT.split("\n");
    expect(JSON.parse(line)).toEqual({
      seq: 1,
      time: TIME,
      kind: "begun",
      data: { upgrade: "u1", cluster: "c1", direction: "upgrade", plan: { steps: ["é", "\n"] }, by: "me" },
      sum: expect.stringMatching(/^[\da-f]{64}$/),
    });
  });

  it("that is empty holds nothing and needs no repair", () => {
    expect(decodeJournal("")).toEqual({ records: [], repaired: false, sum: NO_SUM, text: "" });
  });

  it("goes on after a repair as if the cut line had never been", () => {
    const cut = decodeJournal(TEXT.slice(0, -20));
    expect(cut.repaired).toBe(true);
    const last = RECORDS.at(-1);
    if (last === undefined) throw new Error("no record");
    expect(cut.text + encodeRecord(cut.sum, last)).toBe(TEXT);
  });

  it("whose last line lacks only its line feed keeps the record", () => {
    expect(decodeJournal(TEXT.slice(0, -1))).toMatchObject({ records: RECORDS, repaired: true, text: TEXT });
  });

  it("cut anywhere, also inside a letter, holds the records that were whole", () => {
    fc.assert(
      fc.property(journal, fc.nat(), (records, at) => {
        const bytes = Buffer.from(encodeAll(records));
        const cut = bytes.subarray(0, at % (bytes.length + 1)).toString("utf8");
        const decoded = decodeJournal(cut);
        const whole = cut.split("\n").length - 1;
        expect([whole, whole + 1]).toContain(decoded.records.length);
        expect(decoded.records).toEqual(plain(records.slice(0, decoded.records.length)));
        expect(decoded.repaired).toBe(cut !== "" && !cut.endsWith("\n"));
      }),
      { numRuns: 200 },
    );
  });

  it("with any single byte changed is refused", () => {
    fc.assert(
      fc.property(journal, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, at, change) => {
        const bytes = Buffer.from(encodeAll(records));
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ change;
        expect(() => decodeJournal(bytes.toString("utf8"))).toThrow(/corrupt at line/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a corrupt journal", () => {
  const lines = TEXT.trimEnd().split("\n");
  const joined = (...parts: readonly (string | undefined)[]): string => parts.map((part) => `${part}\n`).join("");

  it.each([
    ["a line is missing in the middle", joined(lines[0], lines[2]), 2, /one before it is missing/],
    ["a line comes twice", joined(lines[0], lines[0]), 2, /its sum does not fit/],
    ["an empty line", joined(lines[0], "", lines[1]), 2, /it is no record/],
    ["the first line is missing", joined(lines[1]), 1, /one before it is missing/],
    ["something follows a record", joined(`${lines[0]} `, lines[1]), 1, /something follows the record/],
    ["something follows the last record", `${TEXT.slice(0, -1)}x`, lines.length, /something follows the record/],
    ["it is cut before the last line", joined(lines[0]?.slice(0, 20), lines[1]), 1, /it is no record/],
  ])("is refused by the number of its line: %s", (_, text, line, why) => {
    const read = (): unknown => decodeJournal(text, { file: "j.ndjson" });
    expect(read).toThrow(why);
    expect(read).toThrow(
      expect.objectContaining({
        code: "JOURNAL_CORRUPT",
        exitCode: 3,
        message: expect.stringContaining(`j.ndjson is corrupt at line ${line}`),
        hint: expect.stringContaining("evenkeel status"),
      }),
    );
  });

  it("is refused when the numbers jump although the sums hold", () => {
    const first = encodeRecord(NO_SUM, { seq: 1, time: TIME, kind: "released", by: "guard" });
    const third = encodeRecord(sumOfLine(first), { seq: 3, time: TIME, kind: "released", by: "guard" });
    expect(() => decodeJournal(first + third)).toThrow("line 2: it has the number 3");
  });

  it("is not what a newer version wrote: that one is named", () => {
    // Another version's kind cannot be written with this one's types.
    const line = encodeRecord(NO_SUM, { seq: 1, time: TIME, kind: "paused" } as unknown as JournalRecord);
    expect(() => decodeJournal(line)).toThrow(expect.objectContaining({ code: "JOURNAL_NEWER", exitCode: 3 }));
  });
});
