import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { GlobalOptions } from "./context.js";

/** Commands that only a local cluster has, and what does the same on Kubernetes. */
const LOCAL_ONLY: Readonly<Record<string, string>> = {
  up: "helm install NAME CHART --namespace NAMESPACE --wait",
  down: "helm uninstall NAME --namespace NAMESPACE; the volume claims stay",
  demo: "leave --platform out: the demo makes a local cluster of its own",
  pod: "kubectl delete pod POD: its agent hands over before the server stops",
  restore: "leave --platform out for a local cluster; on Kubernetes, copy the snapshot out of the pod first",
  prune: "kubectl exec POD -c agent -- ls /data/evenkeel-aside /data/evenkeel-snapshots",
};

/**
 * Refuses a command on a platform where it has nothing to do, with what does it there.
 * @throws EvenkeelError `PLATFORM_UNSUPPORTED`
 */
export function requirePlatform(command: string, platform: GlobalOptions["platform"]): void {
  const instead = LOCAL_ONLY[command];
  if (platform === "local" || instead === undefined) return;
  throw new EvenkeelError(`evenkeel ${command} is about local clusters`, {
    code: "PLATFORM_UNSUPPORTED",
    owner: "user",
    hint: instead,
    details: { command, platform },
  });
}
