import type { Release } from "./release.js";

/** The node that each pod stands on, both by name. */
export async function nodesByPod(release: Release): Promise<ReadonlyMap<string, string>> {
  return new Map((await release.pods()).map(({ metadata, spec }) => [metadata.name, String(spec["nodeName"])]));
}
