import { readFileSync } from "node:fs";
import { systemClock } from "../ports/system-clock.js";
import { createAgent } from "./agent.js";
import { controlCommands, httpRoutes } from "./calls.js";
import type { AgentConfig } from "./config.js";
import { startControl } from "./control-server.js";
import { startHttp } from "./http-server.js";
import { runLoop } from "./loop.js";
import { peersInFolder } from "./peers.js";

function log(message: string): void {
  process.stdout.write(`${new Date().toISOString()} ${message}\n`);
}

/** `agent.mjs --config FILE`: the program beside every server. It holds no data and may be killed at any time. */
async function main(): Promise<void> {
  const file = process.argv[process.argv.indexOf("--config") + 1];
  if (!process.argv.includes("--config") || file === undefined) throw new Error("usage: agent --config FILE");
  const config = JSON.parse(readFileSync(file, "utf8")) as AgentConfig;
  const agent = createAgent(config, { clock: systemClock, findPeers: peersInFolder(config.peersDir, config.pod), log });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // Stopped after its server, on purpose: the next start need not suspect the volume.
      if (agent.state.stopping && agent.own.view() === undefined) agent.memory.update({ running: false });
      stop.abort();
      process.exit(0);
    });
  }
  // Inside a pod the control port is on loopback; locally each pod has its own loopback address.
  const controlAddress = config.bindAddress.startsWith("127.") ? config.bindAddress : "127.0.0.1";
  await startHttp(config.bindAddress, config.httpPort, { routes: httpRoutes(agent), token: agent.token });
  await startControl(controlAddress, config.controlPort, controlCommands(agent));
  log(`agent of ${config.pod} listens on ${config.bindAddress}:${config.httpPort}`);
  await runLoop(agent, stop.signal);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
