import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { EngineName } from "./types.js";

/** An engine with a version that may be short: `7`, `7.0` and `7.0.15` are all versions. */
export interface EngineSpec {
  readonly engine: EngineName;
  readonly version: string;
}

/**
 * Parses `redis@7.0`, `valkey@9`, `redis@8.0.6`.
 * @throws EvenkeelError `ENGINE_UNKNOWN`
 */
export function parseEngineSpec(text: string): EngineSpec {
  const match = /^(redis|valkey)@(\d+(?:\.\d+){0,2})$/.exec(text.trim().toLowerCase());
  if (!match) {
    throw new EvenkeelError(`${JSON.stringify(text)} is no engine with a version`, {
      code: "ENGINE_UNKNOWN",
      owner: "user",
      hint: "write redis@VERSION or valkey@VERSION, for example redis@7.0, redis@8.0.6 or valkey@9",
      details: { given: text },
    });
  }
  return { engine: match[1] as EngineName, version: match[2] ?? "" };
}

const parts = (version: string): number[] => version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);

/** Below 0 when `a` is older, above 0 when it is newer; parts that are missing count as 0. */
export function compareVersions(a: string, b: string): number {
  const left = parts(a);
  const right = parts(b);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** True when `actual` is what `wanted` asks for: `7.0` asks for any 7.0.x, `7` for any 7.x. */
export function versionMatches(wanted: string, actual: string): boolean {
  const have = parts(actual);
  return parts(wanted).every((part, index) => have[index] === part);
}

/** As users write it: `redis@7.0`. */
export function formatEngine({ engine, version }: EngineSpec): string {
  return `${engine}@${version}`;
}
