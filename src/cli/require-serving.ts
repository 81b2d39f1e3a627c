import { EvenkeelError, EXIT } from "../errors/evenkeel-error.js";
import type { OpenCluster } from "./open-cluster.js";

/**
 * Refuses to put load on a cluster that nobody could use.
 * @throws EvenkeelError `CLUSTER_NOT_SERVING` when no pod is ready
 */
export async function requireServing({
  platform,
  name,
  startHint,
}: Pick<OpenCluster, "platform" | "name" | "startHint">): Promise<void> {
  const pods = await platform.pods();
  if (pods.some(({ ready }) => ready)) return;
  throw new EvenkeelError(`no pod of ${name} is ready`, {
    code: "CLUSTER_NOT_SERVING",
    owner: "environment",
    retryable: true,
    exitCode: EXIT.refused,
    hint: startHint,
    details: { pods: pods.map((pod) => `${pod.name} ${pod.phase}${pod.reason === "" ? "" : `: ${pod.reason}`}`) },
  });
}
