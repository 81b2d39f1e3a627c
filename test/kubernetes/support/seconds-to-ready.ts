import type { Release } from "./release.js";

/**
 * From the release's creation to its last pod's readiness, by the server's own time stamps: how long the machine needs to start
 * Helm is not the chart's doing.
 */
export async function secondsToReady(installed: Release): Promise<number> {
  const [set] = JSON.parse(await installed.kubectl("get", "statefulset", "-o", "json")).items as [
    { metadata: { creationTimestamp: string } },
  ];
  const times = (await installed.pods()).map(({ status }) => {
    const conditions = status["conditions"] as { type: string; lastTransitionTime: string }[];
    return Date.parse(conditions.find(({ type }) => type === "Ready")?.lastTransitionTime ?? "");
  });
  return (Math.max(...times) - Date.parse(set.metadata.creationTimestamp)) / 1000;
}
