import { formatPlace } from "../format-node.js";
import type { Unreachable } from "../types.js";
import type { CheckResult, Observed } from "./check.js";

const HOW: Readonly<Record<"auth" | "loading" | "other", { readonly advice: string; readonly evidence: string }>> = {
  auth: {
    evidence: "every node accepts the password",
    advice: "set the same password on all nodes (requirepass and masterauth), or give the right password file",
  },
  loading: { evidence: "no node is loading its data", advice: "wait until the node has loaded its data" },
  other: { evidence: "every node answers", advice: "look whether the pod runs and what its log says" },
};

/** Every known node answers, with the password that was given, and has its data loaded. */
export function checkReachability({ topology }: Observed): CheckResult[] {
  const { unreachable, views, nodes } = topology;
  const kindOf = ({ kind }: Unreachable): "auth" | "loading" | "other" =>
    kind === "auth" || kind === "loading" ? kind : "other";
  const asked = new Set([...unreachable, ...views].map(formatPlace));
  const results = (["other", "auth", "loading"] as const).map((kind): CheckResult => {
    const failed = unreachable
      .filter((one) => kindOf(one) === kind)
      .map((one) => ({ subject: formatPlace(one), evidence: `${formatPlace(one)}: ${one.reason}` }));
    const unasked = nodes.filter((node) => !node.view && !asked.has(formatPlace(node)));
    const others = unasked.map((node) => ({
      subject: formatPlace(node),
      evidence: `${formatPlace(node)} (${node.id}) is known to the cluster and is no node that was asked`,
    }));
    const busy = views
      .filter(({ server }) => server.loading || server.asyncLoading)
      .map((view) => ({ subject: formatPlace(view), evidence: `${formatPlace(view)} is loading its data` }));
    const faults = kind === "other" ? [...failed, ...others] : kind === "loading" ? [...failed, ...busy] : failed;
    const id = kind === "other" ? "node.reachable" : `node.${kind}`;
    return {
      id,
      severity: "block",
      faults,
      ...HOW[kind],
      evidence: kind === "other" ? `${views.length} nodes answer` : HOW[kind].evidence,
    };
  });
  return results;
}
