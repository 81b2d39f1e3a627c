import { describe, expect, it } from "vitest";
import { type ClientLedger, createClientLedger, type WitnessCommand } from "../../../src/witness/client-ledger.js";

function take<Kind extends WitnessCommand["kind"]>(ledger: ClientLedger, kind: Kind): WitnessCommand & { kind: Kind } {
  for (let tries = 0; tries < 3; tries += 1) {
    const command = ledger.next();
    if (isKind(command, kind)) return command;
  }
  throw new Error(`no ${kind} came`);
}

function isKind<Kind extends WitnessCommand["kind"]>(
  command: WitnessCommand,
  kind: Kind,
): command is WitnessCommand & { kind: Kind } {
  return command.kind === kind;
}

describe("what a client's ledger sends", () => {
  it("INCR and SET by turns, each INCR to a new key, each SET to another key", () => {
    const ledger = createClientLedger("p");
    const commands = Array.from({ length: 6 }, () => ledger.next());
    expect(commands).toEqual([
      { kind: "incr", index: 0 },
      { kind: "set", index: 0, sequence: 1 },
      { kind: "incr", index: 1 },
      { kind: "set", index: 1, sequence: 1 },
      { kind: "incr", index: 2 },
      { kind: "set", index: 2, sequence: 1 },
    ]);
    expect([ledger.incrKey(2), ledger.setKey(0)]).toEqual(["p:i:2", "p:s:0"]);
  });

  it("never two SETs of one key at a time, and INCRs instead when all SET keys wait", () => {
    const ledger = createClientLedger("p");
    const commands = Array.from({ length: 400 }, () => ledger.next());
    const sets = commands.filter((command) => command.kind === "set");
    expect(new Set(sets.map(({ index }) => index)).size).toBe(sets.length);
    expect(sets).toHaveLength(64);
    expect(ledger.incrCount()).toBe(400 - 64);
  });

  it("the next sequence of a key once the one before was acknowledged", () => {
    const ledger = createClientLedger("p");
    const sets = Array.from({ length: 64 }, () => take(ledger, "set"));
    const fifth = sets[5];
    if (fifth === undefined) throw new Error("no fifth SET");
    ledger.acknowledge(fifth, 1);
    expect(take(ledger, "set")).toEqual({ kind: "set", index: 5, sequence: 2 });
  });

  it("no more SETs to a key whose SET failed, since that one may still arrive; a new key takes its place", () => {
    const ledger = createClientLedger("p");
    const sets = Array.from({ length: 64 }, () => take(ledger, "set"));
    for (const set of sets) ledger.fail(set);
    expect(take(ledger, "set")).toEqual({ kind: "set", index: 64, sequence: 1 });
    expect(ledger.setCount()).toBe(128);
  });
});

describe("the verdict on an INCR key", () => {
  it.each([
    ["1", "ok"],
    [null, "lost"],
    ["0", "lost"],
    ["2", "doubled"],
  ] as const)("acknowledged and found %j: %s", (value, verdict) => {
    const ledger = createClientLedger("p");
    const command = take(ledger, "incr");
    ledger.acknowledge(command, 1);
    expect(ledger.judgeIncr(command.index, value)).toBe(verdict);
  });

  it.each([
    [null, "ok"],
    ["1", "ok"],
    ["2", "doubled"],
  ] as const)("of unknown outcome and found %j: %s", (value, verdict) => {
    const ledger = createClientLedger("p");
    const command = take(ledger, "incr");
    ledger.fail(command);
    expect(ledger.judgeIncr(command.index, value)).toBe(verdict);
  });

  it("is doubled when the reply said 2, whatever is found later", () => {
    const ledger = createClientLedger("p");
    const command = take(ledger, "incr");
    ledger.acknowledge(command, 2);
    expect(ledger.judgeIncr(command.index, null)).toBe("doubled");
  });
});

/** A ledger whose SET keys have all been sent `count` times, the first `acknowledged` of them with an answer. */
function sent(count: number, acknowledged: number): ClientLedger {
  const ledger = createClientLedger("p");
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const round = Array.from({ length: 64 }, () => take(ledger, "set"));
    if (sequence <= acknowledged) for (const command of round) ledger.acknowledge(command, sequence);
  }
  return ledger;
}

describe("the verdict on a SET key", () => {
  it.each([
    [3, 3, "3", "ok"],
    [3, 3, "2", "lost"],
    [3, 3, null, "lost"],
    [3, 3, "4", "lost"],
    [3, 3, "not a number", "lost"],
    [3, 2, "2", "ok"],
    [3, 2, "3", "ok"],
    [3, 2, "1", "lost"],
    [1, 0, null, "ok"],
    [1, 0, "1", "ok"],
  ] as const)("sent %i, acknowledged %i, found %j: %s", (count, acknowledged, value, verdict) => {
    expect(sent(count, acknowledged).judgeSet(7, value)).toBe(verdict);
  });
});
