import { clusterProgram, nodeName } from "./cluster-program.js";
import { kubectl } from "./kube.js";

/** Evicts every pod of a node, and lets pods come to it again afterwards. */
export async function drain(node: number, options: { readonly timeoutSeconds?: number } = {}): Promise<void> {
  const flags = ["--ignore-daemonsets", "--delete-emptydir-data", `--timeout=${options.timeoutSeconds ?? 180}s`];
  try {
    await kubectl(["drain", nodeName(node), ...flags]);
  } finally {
    await kubectl(["uncordon", nodeName(node)]);
  }
}

/** Everything on the node ends at once, as when its power is cut. */
export const crash = (node: number): Promise<string> => clusterProgram("crash", nodeName(node));
/** On a busy machine its first report takes longer than the program waits; said again, it goes on waiting. */
export const revive = (node: number): Promise<string> =>
  clusterProgram("revive", nodeName(node)).catch(() => clusterProgram("revive", nodeName(node)));
