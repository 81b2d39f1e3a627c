import { compareVersions, versionMatches, type EngineSpec } from "../../../cluster/engines.js";
import type { EngineBinary } from "./engine-binary.js";

/** The newest of the engines that is what was asked for. */
export function pickNewest(request: EngineSpec, engines: readonly EngineBinary[]): EngineBinary | undefined {
  return engines
    .filter(({ engine, version }) => engine === request.engine && versionMatches(request.version, version))
    .toSorted((a, b) => compareVersions(b.version, a.version))[0];
}
