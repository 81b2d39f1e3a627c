import { describe, expect, it } from "vitest";
import { waitForTick } from "../../../../src/agent/handover/wait-for-tick.js";
import type { Clock } from "../../../../src/ports/clock.js";

const line = (id: string, pong: number): string =>
  `${id.repeat(40)} 127.0.0.1:6379@16379 master - 0 ${pong} 1 connected 0-100`;

/** A server whose newest pongs at a time are these, and a clock that moves only while somebody sleeps. */
function server(pongsAt: (now: number) => readonly number[]) {
  let now = 0;
  const clock: Clock = { now: () => now, sleep: async (ms) => void (now += ms) };
  const call = async (): Promise<string> =>
    pongsAt(now)
      .map((pong, index) => line("abc"[index] ?? "d", pong))
      .join("\n");
  return { clock, call, now: () => now };
}

describe("the wait for a tick of a server's bus", () => {
  it("ends with the first new answer to a ping of its own", async () => {
    const own = server((now) => [50_123, now < 300 ? 49_120 : 51_124]);
    await waitForTick(own, own);
    expect(own.now()).toBe(300);
  });

  it("is not ended by an answer that another node told of, in whole seconds", async () => {
    const own = server((now) => [50_123, now < 300 ? 0 : 51_000, now < 700 ? 0 : 51_124]);
    await waitForTick(own, own);
    expect(own.now()).toBe(700);
  });

  it("goes on after a little more than a second when no answer comes", async () => {
    const own = server(() => [50_123]);
    await waitForTick(own, own);
    expect(own.now()).toBe(1200);
  });
});
