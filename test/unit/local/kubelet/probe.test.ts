import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { pingProbe, probeProcess } from "../../../../src/platforms/local/kubelet/probe.js";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

async function serverThatSays(reply: string | undefined): Promise<number> {
  server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", () => (reply === undefined ? undefined : socket.end(reply)));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port; // oxlint-disable-line typescript/no-unsafe-type-assertion -- a TCP server has no other kind of address
}

describe("the probe of a server", () => {
  it.each([
    "+PONG\r\n",
    "-NOAUTH Authentication required.\r\n",
    "-LOADING Redis is loading\r\n",
    "-MASTERDOWN Link\r\n",
  ])("takes %j as alive", async (reply) => {
    expect(await pingProbe("127.0.0.1", await serverThatSays(reply))(new AbortController().signal)).toBe(true);
  });

  it.each([["HTTP/1.1 400 Bad Request\r\n"], [""]])("does not take %j as alive", async (reply) => {
    expect(await pingProbe("127.0.0.1", await serverThatSays(reply))(new AbortController().signal)).toBe(false);
  });

  it("gives up after a second of silence", async () => {
    const port = await serverThatSays(undefined);
    const startedAt = performance.now();
    expect(await pingProbe("127.0.0.1", port)(new AbortController().signal)).toBe(false);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(950);
  });
});

describe("the watch over a process", () => {
  async function watch(live: readonly boolean[], failureThreshold: number): Promise<readonly string[]> {
    const seen: string[] = [];
    const gone = new AbortController();
    const startups = [false, false, true];
    const looks = [...live];
    await probeProcess({
      startup: async () => startups.shift() ?? true,
      startupEveryMs: 1,
      live: async () => {
        if (looks.length === 1) gone.abort();
        return looks.shift() ?? true;
      },
      liveEveryMs: 1,
      failureThreshold,
      onStarted: () => seen.push("started"),
      onDead: () => seen.push("dead"),
      signal: gone.signal,
    });
    return seen;
  }

  it("waits for the startup as long as it takes and then calls dead what fails often enough in a row", async () => {
    expect(await watch([true, false, false, false, true], 3)).toEqual(["started", "dead"]);
  });

  it("forgets failures when the process answers again", async () => {
    expect(await watch([false, false, true, false, false, true], 3)).toEqual(["started"]);
  });
});
