import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readKeyCount } from "../../../../src/platforms/local/snapshots/read-key-count.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-rdb-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A snapshot whose head ends with these bytes. */
function snapshot(...bytes: number[]): string {
  const path = join(folder, "dump.rdb");
  writeFileSync(path, Buffer.concat([Buffer.from("REDIS0010"), Buffer.from(bytes)]));
  return path;
}

const AUX_PLAIN = [0xfa, 2, 0x61, 0x62, 1, 0x63];
const AUX_INTEGERS = [0xfa, 1, 0x61, 0xc0, 64, 0xfa, 1, 0x62, 0xc1, 1, 2, 0xfa, 1, 0x63, 0xc2, 1, 2, 3, 4];
const AUX_COMPRESSED = [0xfa, 1, 0x61, 0xc3, 3, 20, 9, 9, 9];

describe("the number of keys in the head of a snapshot", () => {
  it.each([
    ["six bits", [5], 5],
    ["fourteen bits", [0x41, 0x02], 258],
    ["32 bits", [0x80, 0, 1, 0, 0], 65_536],
    ["64 bits", [0x81, 0, 0, 0, 1, 0, 0, 0, 0], 2 ** 32],
  ])("is read from %s", (_, length, keys) => {
    expect(readKeyCount(snapshot(0xfe, 0, 0xfb, ...length, 0))).toBe(keys);
  });

  it("is found behind facts of every encoding, and behind functions", () => {
    const head = [...AUX_PLAIN, ...AUX_INTEGERS, ...AUX_COMPRESSED, 0xf5, 3, 1, 2, 3];
    expect(readKeyCount(snapshot(...head, 0xfe, 0, 0xfb, 7, 0))).toBe(7);
  });

  it("is 0 where the file ends before any database", () => {
    expect(readKeyCount(snapshot(...AUX_PLAIN, 0xff))).toBe(0);
  });

  it("is not known where the head holds data of a module", () => {
    expect(readKeyCount(snapshot(0xf7, 1, 2, 3))).toBeUndefined();
  });

  it("is an error where the file is cut off", () => {
    expect(() => readKeyCount(snapshot(0xfe, 0, 0xfb, 0x80, 0))).toThrow(RangeError);
  });
});
