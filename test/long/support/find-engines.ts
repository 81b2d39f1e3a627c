import { type EngineSpec, parseEngineSpec } from "../../../src/cluster/engines.js";
import { isEvenkeelError } from "../../../src/errors/evenkeel-error.js";
import { resolveEngine } from "../../../src/platforms/local/engines/resolve-engine.js";

export interface FoundEngines {
  /** With their full versions. */
  readonly engines: readonly EngineSpec[];
  readonly missing: readonly { readonly spec: string; readonly reason: string }[];
}

/** The engines that this machine has or can get; the others with the reason, to be skipped by name. */
export async function findEngines(specs: readonly string[]): Promise<FoundEngines> {
  const engines: EngineSpec[] = [];
  const missing: { readonly spec: string; readonly reason: string }[] = [];
  for (const spec of specs) {
    try {
      const { engine, version } = await resolveEngine(parseEngineSpec(spec), { env: process.env });
      engines.push({ engine, version });
    } catch (error) {
      if (!isEvenkeelError(error) || !["ENGINE_NOT_FOUND", "ENGINE_FETCH_FAILED"].includes(error.code)) throw error;
      missing.push({ spec, reason: error.message });
    }
  }
  return { engines, missing };
}
