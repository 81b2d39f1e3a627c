import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { KubeApi } from "../../../../src/platforms/kubernetes/api/connect.js";
import { openRequest } from "../../../../src/platforms/kubernetes/api/transport.js";
import { createReader, followLog } from "../../../../src/platforms/kubernetes/witness/follow-log.js";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A real HTTP server that serves logs as an API server does; each connection gets the next answer. */
async function serveLog(
  answers: readonly ((response: ServerResponse, url: URL) => void)[],
): Promise<Pick<KubeApi, "open">> {
  let asked = 0;
  const started = createServer((request, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    answer?.(response, new URL(request.url ?? "", "http://x"));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  return {
    open: (path, request) =>
      openRequest({ method: "GET", headers: {}, agent: undefined, timeoutMs: 0, ...request, url: `${base}${path}` }),
  };
}

const line = (seq: number, second = seq): string =>
  `2026-01-01T00:00:${String(second).padStart(2, "0")}.500000000Z ${JSON.stringify({ type: "window", seq })}\n`;

async function follow(
  api: Pick<KubeApi, "open">,
  ended: () => Promise<boolean>,
): Promise<readonly (number | string)[]> {
  const seen: (number | string)[] = [];
  await followLog({ ...api, namespace: "test" } as KubeApi, {
    pod: "witness",
    container: "witness",
    signal: new AbortController().signal,
    onLine: (text) => seen.push(text.startsWith("{") ? (JSON.parse(text) as { seq: number }).seq : text),
    ended,
  });
  return seen;
}

describe("following a witness's log", () => {
  it("a connection that breaks in the middle of a line: every line once, in order", async () => {
    const since: (string | null)[] = [];
    const api = await serveLog([
      (response) => {
        response.write(line(1) + line(2) + line(3).slice(0, 40));
        setTimeout(() => response.destroy(), 50);
      },
      (response, url) => {
        since.push(url.searchParams.get("sinceTime"));
        response.end(line(2) + line(3) + line(4));
      },
    ]);
    let looks = 0;
    expect(await follow(api, async () => (looks += 1) > 1)).toEqual([1, 2, 3, 4]);
    // The kubelet knows whole seconds: lines of the last second come again, and are dropped.
    expect(since[0]).toBe("2026-01-01T00:00:02Z");
  });

  it("an API server that is away for a moment is asked again", async () => {
    const api = await serveLog([
      (response) => response.writeHead(500).end(),
      (response) => response.destroy(),
      (response) => response.end(line(1)),
    ]);
    let looks = 0;
    expect(await follow(api, async () => (looks += 1) > 2)).toEqual([1]);
  });

  it("what was written between the last read and the container's end is read, too", async () => {
    const api = await serveLog([(response) => response.end(line(1)), (response) => response.end(line(1) + line(2))]);
    let looks = 0;
    expect(await follow(api, async () => (looks += 1) > 1)).toEqual([1, 2]);
  });
});

describe("a reader of log lines", () => {
  it("tells words without a number once, and drops what the kubelet did not stamp", () => {
    const told: string[] = [];
    const reader = createReader((text) => told.push(text));
    const words = "2026-01-01T00:00:01.000000001Z a library's complaint";
    for (const text of [words, words, "no time"]) reader.take(text);
    expect(told).toEqual(["a library's complaint"]);
  });
});
