import { assert, constantFrom, oneof, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { type EngineSpec, parseEngineSpec } from "../../../../src/cluster/engines.js";
import { FAMILIES, type FamilyName } from "../../../../src/cluster/pairs/families.js";
import { findPair } from "../../../../src/cluster/pairs/find-pair.js";
import type { PairRow } from "../../../../src/cluster/pairs/pair.js";
import { RULES } from "../../../../src/cluster/pairs/rules.js";
import { PAIRS, pairKey } from "../../../../src/cluster/pairs/table.js";

const find = (from: string, to: string) => findPair(parseEngineSpec(from), parseEngineSpec(to));
const rowOf = (from: string, to: string): PairRow => {
  const verdict = find(from, to);
  if (!verdict.known) throw new Error(verdict.reason);
  return verdict.row;
};
const rows = [...PAIRS].map(([name, row]) => ({ name, row }));
const allowed = rows.filter(({ row }) => row.roll === "allowed");

describe("findPair", () => {
  it.each([
    ["redis@7.0.15", "redis@8.0.6", "snapshot-only"],
    ["redis@7.0.15", "valkey@8.1.1", "snapshot-only"],
    ["redis@7.0.15", "valkey@9.1.2", "snapshot-only"],
    ["redis@7.2.6", "redis@8.0.6", "snapshot-only"],
    ["redis@7.2.6", "valkey@8.0.1", "full"],
    ["redis@7.4.1", "redis@8.0.6", "full"],
    ["redis@7.4.1", "valkey@9.1.2", "full-after-wipe"],
    ["valkey@8.0.1", "valkey@8.1.1", "full"],
    ["valkey@8.1.1", "valkey@9.1.2", "full-after-wipe"],
    ["valkey@9.1.2", "valkey@8.1.1", "full"],
    ["redis@8.0.2", "redis@8.0.6", "full"],
    ["redis@8.0.6", "redis@8.0.2", "full"],
    ["redis@7.0.15", "redis@7.0.15", "full"],
    ["redis@8.2.1", "redis@8.2.3", "full"],
  ])("allows %s to %s, with the way back after the commit: %s", (from, to, afterCommit) => {
    expect(rowOf(from, to)).toMatchObject({ roll: "allowed", wayBack: { untilCommit: true, afterCommit } });
  });

  it.each([
    ["redis@8.0.6", "valkey@8.0.1"],
    ["redis@8.0.6", "valkey@9.1.2"],
    ["redis@8.4.0", "valkey@9.0.1"],
    ["redis@8.2.1", "valkey@8.1.1"],
    ["valkey@8.0.1", "redis@8.0.6"],
    ["valkey@9.1.2", "redis@8.0.2"],
    ["valkey@9.0.1", "redis@8.4.0"],
  ])("refuses %s to %s, which poison each other's nodes.conf over the bus", (from, to) => {
    expect(rowOf(from, to)).toMatchObject({ roll: "refused", reason: expect.stringContaining("bus extension 4") });
  });

  it.each([
    ["redis@8.0.6", "redis@7.0.15", "format 10"],
    ["valkey@9.1.2", "redis@7.0.15", "format 10"],
    ["redis@7.4.1", "valkey@8.1.1", "format 11"],
    ["redis@8.0.6", "valkey@7.2.7", "format 11"],
  ])("refuses %s to %s, which reads snapshots up to %s only", (from, to, format) => {
    expect(rowOf(from, to)).toMatchObject({ roll: "refused", reason: expect.stringContaining(format) });
  });

  it.each([
    ["redis@7.0.15", "redis@8.2.1"],
    ["redis@8.0.6", "redis@8.2.1"],
    ["valkey@8.1.1", "valkey@9.0.1"],
    ["redis@6.2.14", "redis@7.0.15"],
    ["redis@8", "redis@8.0.6"],
    ["valkey@9.1.2", "valkey@10.0.0"],
  ])("does not know %s to %s, and names what takes the risk", (from, to) => {
    expect(find(from, to)).toMatchObject({
      known: false,
      reason: expect.stringMatching(/nobody has tried .*--accept-unknown-pair/),
    });
  });

  it("never throws, whatever a version looks like", () => {
    const version = oneof(string(), constantFrom("7.0", "8.0.6", "", "8.", ".8", "9.1.2-rc1", "7.0.15.1", "-1", "NaN"));
    const spec = record({ engine: constantFrom("redis", "valkey"), version });
    assert(
      property(spec, spec, (from: EngineSpec, to: EngineSpec) => {
        const verdict = findPair(from, to);
        expect(verdict).toMatchObject({ from, to });
        expect(verdict.known ? verdict.row.source : verdict.reason).not.toBe("");
      }),
    );
  });
});

describe("the table of pairs", () => {
  it("has each pair in one rule only", () => {
    expect(PAIRS.size).toBe(RULES.reduce((sum, { from, to }) => sum + from.length * to.length, 0));
  });

  it.each(rows)("says of $name where it is known from, and why when it is refused", ({ row }) => {
    expect(row.source).not.toBe("");
    expect(row.reason !== undefined).toBe(row.roll === "refused");
  });

  it.each(allowed)("keeps a way back until the commit: $name", ({ row }) => {
    expect(row.wayBack.untilCommit).toBe(true);
    // It needs a replica that gets in step on the new version, and an old one that follows it after the hand-over.
    expect(row.fullSync.forward).toBe("yes");
    expect(row.partialSync).toEqual({ forward: "yes", back: "yes" });
  });

  it.each(allowed)("says what is true of the way back after the commit: $name", ({ row }) => {
    const { fullSync, snapshotReadable, wayBack } = row;
    const expected =
      fullSync.back === "no" ? "snapshot-only" : snapshotReadable.back === "no" ? "full-after-wipe" : "full";
    expect(wayBack.afterCommit).toBe(expected);
  });

  it.each(allowed)(
    "allows the same pair backwards if, and only if, it says that there is a way back: $name",
    ({ name, row }) => {
      const [from, to] = name.split(" > ") as [FamilyName, FamilyName];
      const back = row.wayBack.afterCommit === "snapshot-only" ? "refused" : "allowed";
      expect(PAIRS.get(pairKey(to, from))).toMatchObject({ roll: back });
    },
  );

  it.each(allowed)("never freezes what both versions have, but for what it calls ordinary: $name", ({ name, row }) => {
    const [from, to] = name.split(" > ") as [FamilyName, FamilyName];
    for (const feature of row.freezeUntilCommit) {
      if (row.ordinary.includes(feature)) continue;
      expect(FAMILIES[from].features).not.toContain(feature);
      expect(FAMILIES[to].features).toContain(feature);
    }
    expect(row.freezeUntilCommit).toEqual(expect.arrayContaining([...row.ordinary]));
  });

  it("freezes HINCRBYFLOAT on the way to Redis 8.0, which hands it to its replicas as HSETEX", () => {
    expect(rowOf("redis@7.0.15", "redis@8.0.6").ordinary).toContain("HINCRBYFLOAT");
    expect(rowOf("redis@7.0.15", "valkey@9.1.2").ordinary).toEqual(["RESTORE"]);
    expect(rowOf("valkey@8.0.1", "valkey@8.1.1").ordinary).toEqual([]);
  });

  it("takes out of nodes.conf what Redis 7.0 would take for a host name, and Valkey 8 refuses of Valkey 9", () => {
    expect(rowOf("redis@7.0.15", "redis@8.0.6").nodesConf).toEqual({
      removeForward: [],
      removeBack: ["shard-id", "nodename", "tcp-port", "tls-port"],
    });
    expect(rowOf("valkey@8.1.1", "valkey@9.1.2").nodesConf.removeBack).toEqual([
      "client-tcp-port",
      "client-tls-port",
      "availability-zone",
    ]);
  });
});
