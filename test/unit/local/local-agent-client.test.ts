import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentClient } from "../../../src/ports/agent-client.js";
import { tryBind } from "../../../src/platforms/local/claimable.js";
import { createCluster } from "../../../src/platforms/local/create-cluster.js";
import { localAgentClient } from "../../../src/platforms/local/local-agent-client.js";
import { clusterPaths } from "../../../src/platforms/local/state-paths.js";
import { addressIn } from "../../../src/platforms/local/subnet.js";

let home: string;
let address: string;
let server: Server | undefined;
let client: AgentClient;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "evenkeel-agent-client-"));
  const engine = { engine: "redis", version: "7.0.15", server: ["redis-server"] } as const;
  const { subnet } = await createCluster({ home, name: "rc", engine }, { agentProgram: "/agent.mjs", tryBind });
  address = addressIn(subnet, 1);
  writeFileSync(join(clusterPaths(home, "rc").peersDir, "rc-0"), `${address}\n`);
  writeFileSync(clusterPaths(home, "rc").tokenFile, "the-token\n");
  client = localAgentClient({ home, name: "rc" });
});
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  rmSync(home, { recursive: true, force: true });
});

async function answer(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(9640, address, resolve));
}

describe("speaking to the agent of a local pod", () => {
  it("reads its status at the address in the peers folder", async () => {
    await answer((request, response) => {
      response.end(JSON.stringify({ pod: "rc-0", phase: "serving", asked: request.url }));
    });
    expect(await client.status("rc-0")).toMatchObject({ phase: "serving", asked: "/status" });
  });

  it("asks for a hand-over with the token and gives back how it went", async () => {
    await answer((request, response) => {
      const allowed = request.method === "POST" && request.headers["x-evenkeel-token"] === "the-token";
      response
        .writeHead(allowed ? 200 : 401)
        .end(allowed ? JSON.stringify({ outcome: "done", reason: "", to: "rc-3" }) : "no");
    });
    expect(await client.handOver("rc-0")).toMatchObject({ outcome: "done", to: "rc-3" });
  });

  it("says who should take over", async () => {
    let heard = "";
    await answer((request, response) => {
      request.on("data", (chunk: Buffer) => (heard += chunk.toString()));
      request.on("end", () => response.end(JSON.stringify({ outcome: "done", reason: "", to: "rc-4" })));
    });
    await client.handOver("rc-0", { to: "rc-4" });
    expect(JSON.parse(heard)).toEqual({ to: "rc-4" });
  });

  it.each([
    ["a refusal", 401, "the token is wrong"],
    ["an answer that is none of an agent's", 200, "<html>"],
    ["an answer without what matters", 200, "{}"],
  ])("takes %s as an agent that does not answer", async (_, status, body) => {
    await answer((_request, response) => response.writeHead(status).end(body));
    await expect(client.status("rc-0")).rejects.toMatchObject({ code: "AGENT_UNREACHABLE", retryable: true });
  });

  it("says when nobody listens, and when the pod has no address", async () => {
    await expect(client.status("rc-0")).rejects.toMatchObject({
      code: "AGENT_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    await expect(client.status("rc-1")).rejects.toMatchObject({
      message: expect.stringContaining("the pod has no address"),
    });
  });

  it("stops waiting for a hand-over when it is told to", async () => {
    await answer(() => undefined);
    await expect(client.handOver("rc-0", { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      code: "AGENT_UNREACHABLE",
    });
  });
});
