import { setTimeout as sleep } from "node:timers/promises";
import { NODE_TIMEOUT_MS } from "../../../../src/cluster/constants.js";
import { killServer } from "../../../local/support/faults.js";
import { signalProcess } from "../../../../src/platforms/local/process-identity.js";
import type { TestCluster } from "../../../local/support/test-cluster.js";
import { mountSmallDisk } from "./small-disk.js";
import { pick, seededRandom } from "./seeded.js";
import { podsInRole, type Scene, strikeOne } from "./victims.js";

/** What takes a primary away, or what it writes to: clients do notice. */
export const FAULTS = [
  "a primary's server killed",
  "a primary stopped for 3 x node-timeout",
  "a volume full for 20 s",
] as const;
export type Fault = (typeof FAULTS)[number];

const FULL_MS = 20_000;

/** A fault that is ready to happen. */
export interface Prepared {
  /** Resolves when the fault is over; says whom it hit. */
  strike(scene: Scene): Promise<string>;
  /** Before the cluster is removed. */
  clear(): void;
}

async function freeze(scene: Scene): Promise<string> {
  const { cluster } = scene;
  const pod = await strikeOne(scene, "master", () => undefined);
  const { server } = cluster.processes(pod);
  if (!server || !signalProcess(server, "SIGSTOP")) throw new Error(`${pod} has no server`);
  try {
    await sleep(3 * NODE_TIMEOUT_MS);
  } finally {
    signalProcess(server, "SIGCONT");
  }
  return pod;
}

/** Makes ready what has to be there before the upgrade begins. */
export async function prepareFault(fault: Fault, cluster: TestCluster, seed: number): Promise<Prepared> {
  if (fault === "a primary's server killed") {
    return { strike: (scene) => strikeOne(scene, "master", (pod) => killServer(cluster, pod)), clear: () => undefined };
  }
  if (fault === "a primary stopped for 3 x node-timeout") return { strike: freeze, clear: () => undefined };
  const pod = pick(seededRandom(seed + 1), await cluster.pods()).name;
  const disk = await mountSmallDisk(cluster, pod);
  return {
    strike: async () => {
      const role = (await podsInRole(cluster, "master")).includes(pod) ? "primary" : "replica";
      disk.fill();
      await sleep(FULL_MS);
      disk.free();
      return `the volume of ${pod}, a ${role}`;
    },
    clear: () => disk.unmount(),
  };
}
