import { readFileSync } from "node:fs";
import { systemClock } from "../ports/system-clock.js";
import { type Agent, createAgent } from "./agent.js";
import { controlCommands, httpRoutes } from "./calls.js";
import type { AgentConfig } from "./config.js";
import { startControl } from "./control-server.js";
import { startHttp } from "./http-server.js";
import { type PreparedPod, preparePod } from "./kubernetes/prepare-pod.js";
import { runLoop } from "./loop.js";
import { peersInFolder } from "./peers.js";
import { runTrial } from "./routes/trial.js";

function log(message: string): void {
  process.stdout.write(`${new Date().toISOString()} ${message}\n`);
}

/** What the command line names: on Kubernetes half of the configuration comes from the pod's environment. */
async function prepare(): Promise<PreparedPod> {
  const file = process.argv[process.argv.indexOf("--config") + 1];
  if (!process.argv.includes("--config") || file === undefined)
    throw new Error("usage: agent [--kubernetes] [--trial] --config FILE");
  if (process.argv.includes("--kubernetes")) return preparePod(file, process.env, log);
  const config = JSON.parse(readFileSync(file, "utf8")) as AgentConfig;
  return { config, findPeers: peersInFolder(config.peersDir ?? "", config.pod) };
}

const MOVED_LOOK_MS = 15_000;

/** With its Service made anew the pod has another address: the agent ends, and its next process begins with the new one. */
function restartWhenMoved(agent: Agent, movedTo: () => Promise<string | undefined>): void {
  setInterval(() => {
    void movedTo().then((address) => {
      if (address === undefined || agent.state.handover !== undefined || agent.state.stopping) return;
      log(`its Service has the address ${address} now: starts anew`);
      process.exit(0);
    });
  }, MOVED_LOOK_MS);
}

/** `agent.mjs --config FILE`: the program beside every server. It holds no data and may be killed at any time. */
async function main(): Promise<void> {
  const { config, movedTo, ...deps } = await prepare();
  if (process.argv.includes("--trial")) return runTrial(config, log);
  const agent = createAgent(config, { ...deps, clock: systemClock, log });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // Stopped after its server, on purpose: the next start need not suspect the volume.
      if (agent.state.stopping && agent.own.view() === undefined) agent.memory.update({ running: false });
      stop.abort();
      process.exit(0);
    });
  }
  const everywhere = config.bindAddress === "*";
  // Inside a pod the control port is on loopback; locally each pod has its own loopback address.
  const controlAddress = config.bindAddress.startsWith("127.") ? config.bindAddress : "127.0.0.1";
  await startHttp(everywhere ? undefined : config.bindAddress, config.httpPort, {
    routes: httpRoutes(agent),
    token: agent.token,
  });
  await startControl(controlAddress, config.controlPort, controlCommands(agent));
  log(`agent of ${config.pod} listens on ${config.bindAddress}:${config.httpPort}`);
  if (movedTo) restartWhenMoved(agent, movedTo);
  await runLoop(agent, stop.signal);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
