import { readFileSync } from "node:fs";
import { setImmediate as nextTick } from "node:timers/promises";
import { isRunning, signalProcess } from "../../../src/platforms/local/process-identity.js";
import { clusterPaths } from "../../../src/platforms/local/state-paths.js";
import { connectNode } from "../../../src/redis/connect-node.js";
import type { TestCluster } from "./test-cluster.js";

/** Sends a signal to a pod's process by its id, never to one that took the same id later. */
function signal(
  started: TestCluster,
  target: { pod: string; part: "agent" | "server" | "kubelet" },
  name: NodeJS.Signals,
): void {
  const identity = started.processes(target.pod)[target.part];
  if (!identity || !signalProcess(identity, name)) throw new Error(`${target.pod} has no ${target.part}`);
}

export const killAgent = (started: TestCluster, pod: string): void =>
  signal(started, { pod, part: "agent" }, "SIGKILL");
export const killServer = (started: TestCluster, pod: string): void =>
  signal(started, { pod, part: "server" }, "SIGKILL");
/** The agent neither looks nor answers until it is thawed: the start gate stays as it is. */
export const freezeAgent = (started: TestCluster, pod: string): void =>
  signal(started, { pod, part: "agent" }, "SIGSTOP");
export const thawAgent = (started: TestCluster, pod: string): void =>
  signal(started, { pod, part: "agent" }, "SIGCONT");
/** What the platform does when it stops a pod: preStop, SIGTERM, grace. */
export const askToStop = (started: TestCluster, pod: string): void =>
  signal(started, { pod, part: "kubelet" }, "SIGTERM");

export async function isStopped(started: TestCluster, pod: string): Promise<boolean> {
  const status = (await started.pods()).find((one) => one.name === pod);
  return status?.phase === "stopped" && !isRunning(started.processes(pod).kubelet);
}

/** Looks as fast as the machine allows, for steps that last only milliseconds. */
export async function instantly(what: string, seconds: number, look: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await nextTick();
  }
}

/** Sends one command again and again over one connection until the reply is the wanted one. */
export async function untilReply(
  started: TestCluster,
  pod: string,
  options: {
    readonly command: readonly string[];
    readonly seconds: number;
    readonly wanted: (reply: string) => boolean;
  },
): Promise<void> {
  const { address, port } = started.processes(pod);
  const connection = await connectNode({ address, port });
  try {
    await instantly(`${options.command.join(" ")} of ${pod}`, options.seconds, async () =>
      options.wanted(String(await connection.call(...options.command))),
    );
  } finally {
    connection.close();
  }
}

/** A state-changing call to a pod's agent, as another agent of the cluster would make it. */
export async function askAgent(
  started: TestCluster,
  pod: string,
  call: { path: string; body: unknown },
): Promise<unknown> {
  const token = readFileSync(clusterPaths(started.home, started.name).tokenFile, "utf8").trim();
  const reply = await fetch(`http://${started.processes(pod).address}:9640${call.path}`, {
    method: "POST",
    headers: { "x-evenkeel-token": token },
    body: JSON.stringify(call.body),
  });
  return reply.json();
}

/** The same delays at every run of a test, different ones for every seed. */
export function seededDelay(seed: number, maxMs: number): number {
  const mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  return Math.round(((Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0) / 2 ** 32) * maxMs);
}
