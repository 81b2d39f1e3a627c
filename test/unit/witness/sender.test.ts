import { describe, expect, it } from "vitest";
import { createClientLedger } from "../../../src/witness/client-ledger.js";
import type { ClusterClient } from "../../../src/witness/clients/cluster-client.js";
import { createSender, NO_ANSWER } from "../../../src/witness/sender.js";

interface Call {
  readonly command: string;
  readonly answer: (value: number) => void;
  readonly refuse: (error: Error) => void;
}

const unused = async () => Promise.reject(new Error("not part of the load"));

/** A client whose answers the test gives by hand. */
function manualClient(): { client: ClusterClient; calls: Call[] } {
  const calls: Call[] = [];
  const record = (command: string) =>
    new Promise<number>((answer, refuse) => {
      calls.push({ command, answer, refuse });
    });
  const client: ClusterClient = {
    incr: (key) => record(`INCR ${key}`),
    set: async (key, value, ttlSeconds) => void (await record(`SET ${key} ${value} ${ttlSeconds}`)),
    get: unused,
    expire: unused,
    unlink: unused,
    close: () => undefined,
  };
  return { client, calls };
}

function setUp() {
  const { client, calls } = manualClient();
  const ledger = createClientLedger("p");
  const outcomes: (readonly [number, string | undefined])[] = [];
  const clock = { ms: 0 };
  const sender = createSender(
    { name: "a", client, ledger },
    {
      now: () => clock.ms,
      ttlSeconds: 60,
      onOutcome: (latencyMs, failedAs) => outcomes.push([latencyMs, failedAs]),
    },
  );
  return { sender, ledger, calls, outcomes, clock };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a sender", () => {
  it("measures from the moment a command was due, not from when it was sent", async () => {
    const { sender, calls, outcomes, clock } = setUp();
    clock.ms = 1500;
    sender.send(1000);
    clock.ms = 1700;
    calls[0]?.answer(1);
    await settle();
    expect(outcomes).toEqual([[700, undefined]]);
  });

  it("does not wait for an answer before it sends the next", () => {
    const { sender, calls } = setUp();
    for (let n = 0; n < 3; n += 1) sender.send(n);
    expect(calls.map(({ command }) => command)).toEqual(["INCR p:i:0", "SET p:s:0 1 60", "INCR p:i:1"]);
    expect(sender.pendingCount()).toBe(3);
  });

  it("knows the oldest command without an answer, in whatever order answers come", async () => {
    const { sender, calls } = setUp();
    for (const dueMs of [10, 20, 30]) sender.send(dueMs);
    calls[1]?.answer(1);
    await settle();
    expect(sender.oldestDueMs()).toBe(10);
    calls[0]?.answer(1);
    await settle();
    expect(sender.oldestDueMs()).toBe(30);
  });

  it("counts a failure by its class and leaves the outcome open", async () => {
    const { sender, ledger, calls, outcomes } = setUp();
    sender.send(0);
    calls[0]?.refuse(new Error("Disconnects client"));
    await settle();
    expect(outcomes).toEqual([[0, "Disconnects client"]]);
    expect(ledger.judgeIncr(0, null)).toBe("ok");
    expect(ledger.judgeIncr(0, "1")).toBe("ok");
  });

  it("gives up what was never answered, once, and ignores answers that come later", async () => {
    const { sender, ledger, calls, outcomes, clock } = setUp();
    sender.send(0);
    clock.ms = 30_000;
    sender.giveUp();
    calls[0]?.answer(1);
    await settle();
    expect(outcomes).toEqual([[30_000, NO_ANSWER]]);
    expect(sender.pendingCount()).toBe(0);
    expect(ledger.judgeIncr(0, null)).toBe("ok");
  });
});
