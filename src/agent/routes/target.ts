import { rmSync } from "node:fs";
import { type EngineSpec, parseEngineSpec } from "../../cluster/engines.js";
import type { AgentConfig } from "../config.js";
import { writeDurably } from "../files.js";

/** The version that candidates should run, as the body of a call names it; undefined when it names none. */
export function readTarget(body: unknown): EngineSpec | undefined {
  const { target } = (body ?? {}) as { target?: unknown };
  const { engine, version } = (target ?? {}) as { engine?: unknown; version?: unknown };
  if (typeof engine !== "string" || typeof version !== "string") return undefined;
  try {
    return parseEngineSpec(`${engine}@${version}`);
  } catch {
    return undefined;
  }
}

/**
 * Remembers the version that candidates should run, in the volume: the hand-over of a preStop hook prefers it too, whoever stops
 * the pod.
 * @param target undefined: no upgrade is under way
 */
export function rememberTarget({ targetFile }: Pick<AgentConfig, "targetFile">, target: EngineSpec | undefined): void {
  if (target === undefined) rmSync(targetFile, { force: true });
  else writeDurably(targetFile, JSON.stringify(target));
}
