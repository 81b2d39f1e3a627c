import type { TestProject } from "vitest/node";
import { PROMISED, prepareClients } from "./clients.js";
import { clusterProgram, NODES, nodesUp } from "./cluster-program.js";

let startedHere = false;

/** One Kubernetes for all files of a run; one that ran before is used and left as it is. */
export async function setup({ name }: TestProject): Promise<void> {
  const before = nodesUp(await clusterProgram("kubeconfig"));
  startedHere = before === 0;
  const up = async (): Promise<void> => {
    // Also starts nodes again that an ended run had crashed.
    await clusterProgram("up", "--nodes", String(Math.max(before, NODES)));
    await clusterProgram("images");
  };
  // The delivery's tests have few clients, and most of them none.
  await Promise.all([up(), ...(name === "delivery" ? [] : [prepareClients(PROMISED)])]);
}

export async function teardown(): Promise<void> {
  if (startedHere) await clusterProgram("down");
}
