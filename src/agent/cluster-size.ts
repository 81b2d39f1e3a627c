import type { AgentConfig } from "./config.js";
import { readIfThere } from "./files.js";

/**
 * How many pods the cluster is to have at this moment. One pod is added or removed at a time: the majorities of two
 * neighbouring numbers always share an agent, so agents that read the new number a moment apart cannot both give the turn.
 */
export function expectedPods({
  shards,
  replicas,
  sizeFile,
}: Pick<AgentConfig, "shards" | "replicas" | "sizeFile">): number {
  const asMade = shards * (1 + replicas);
  if (sizeFile === undefined) return asMade;
  try {
    const { pods } = JSON.parse(readIfThere(sizeFile) ?? "{}") as { pods?: unknown };
    return typeof pods === "number" && Number.isInteger(pods) && pods >= shards ? pods : asMade;
  } catch {
    return asMade;
  }
}
