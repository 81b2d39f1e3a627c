import { formatPlace } from "../format-node.js";
import type { Severity, View } from "../types.js";
import type { CheckResult, Fault, Observed } from "./check.js";

/** Settings that a hand-over moves data or guarantees across: a difference shows to clients. */
const BLOCKING = new Set([
  "maxmemory",
  "maxmemory-policy",
  "appendonly",
  "min-replicas-to-write",
  "cluster-require-full-coverage",
]);
/** A node's own by nature, or judged by a check of its own. */
const OWN = new Set([
  "dir",
  "cluster-announce-ip",
  "cluster-announce-hostname",
  "cluster-node-timeout",
  "cluster-replica-validity-factor",
]);

/** Settings are the same everywhere, and none makes a change dangerous. */
export function checkConfig({ topology: { views } }: Observed): CheckResult[] {
  const readable = views.filter((view) => Object.keys(view.config).length > 0);
  const timeouts = differences(readable, "cluster-node-timeout", "block");
  return [
    {
      id: "config.readable",
      severity: "warn",
      faults: views
        .filter((view) => !readable.includes(view))
        .map((view) => ({ subject: formatPlace(view), evidence: `CONFIG GET is refused by ${formatPlace(view)}` })),
      evidence: `the settings of ${readable.length} nodes were read`,
      advice: "allow CONFIG GET to the user that evenkeel connects as",
    },
    {
      id: "config.node-timeout",
      severity: "block",
      faults: timeouts,
      evidence: `cluster-node-timeout is ${readable[0]?.config["cluster-node-timeout"] ?? "unknown"} everywhere`,
      advice: "CONFIG SET cluster-node-timeout to the same value on every node: failures and votes are timed by it",
    },
    {
      id: "config.equal",
      severity: "warn",
      faults: settingNames(readable).flatMap((name) =>
        differences(readable, name, BLOCKING.has(name) ? "block" : "warn"),
      ),
      evidence: "settings are equal on all nodes of a version",
      advice: "set the same value on every node",
    },
    {
      id: "config.validity-factor",
      severity: "block",
      faults: readable
        .filter((view) => view.config["cluster-replica-validity-factor"] === "0")
        .map((view) => ({
          subject: formatPlace(view),
          evidence: `cluster-replica-validity-factor is 0 on ${formatPlace(view)}`,
        })),
      evidence: "cluster-replica-validity-factor is above 0",
      advice:
        "CONFIG SET cluster-replica-validity-factor 10: with 0 a replica that was emptied by a failed copy can be elected",
    },
  ];
}

/** Versions may have other defaults, so only nodes of the same version are compared; the node timeout must be equal in any case. */
function settingNames(views: readonly View[]): string[] {
  return [...new Set(views.flatMap((view) => Object.keys(view.config)))].filter((name) => !OWN.has(name)).toSorted();
}

function differences(views: readonly View[], name: string, severity: Severity): Fault[] {
  const groups = new Map<string, Map<string, string[]>>();
  for (const view of views) {
    const value = view.config[name];
    if (value === undefined) continue;
    const group = name === "cluster-node-timeout" ? "all" : `${view.server.engine} ${view.server.version}`;
    const values = groups.get(group) ?? new Map<string, string[]>();
    values.set(value, [...(values.get(value) ?? []), formatPlace(view)]);
    groups.set(group, values);
  }
  return [...groups.values()]
    .filter((values) => values.size > 1)
    .map((values) => ({
      evidence: `${name} differs: ${[...values].map(([value, at]) => `${value === "" ? '""' : value} on ${at.join(", ")}`).join("; ")}`,
      severity,
    }));
}
