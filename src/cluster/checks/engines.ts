import { compareVersions, formatEngine } from "../engines.js";
import { formatPlace } from "../format-node.js";
import type { View } from "../types.js";
import type { CheckResult, Observed } from "./check.js";

/** Which engines run side by side. */
export function checkEngines({ topology: { views } }: Observed): CheckResult[] {
  const at = new Map<string, string[]>();
  for (const view of views) {
    const name = formatEngine(view.server);
    at.set(name, [...(at.get(name) ?? []), formatPlace(view)]);
  }
  const mixed = [...at].map(([name, places]) => `${name} on ${places.join(", ")}`).join("; ");
  const runs = (engine: View["server"]["engine"]): boolean =>
    views.some(({ server }) => server.engine === engine && compareVersions(server.version, "8") >= 0);
  return [
    {
      id: "engine.mixed",
      severity: "warn",
      faults: at.size > 1 ? [{ evidence: mixed }] : [],
      evidence: `all nodes run ${[...at.keys()].join()}`,
      advice: "finish the upgrade, or take it back: do not use commands that only the newer version knows",
    },
    {
      id: "engine.family",
      severity: "block",
      faults: runs("redis") && runs("valkey") ? [{ evidence: mixed }] : [],
      evidence: "no Redis 8 runs beside a Valkey 8 or newer",
      advice:
        "take one family out at once: both use the same bus extension for different things; clients are sent to addresses that do not exist, and nodes refuse to restart",
    },
  ];
}
