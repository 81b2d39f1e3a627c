import { mkdir } from "node:fs/promises";
import { compareVersions } from "../../../cluster/engines.js";
import type { EngineName } from "../../../cluster/types.js";
import { cacheFolders } from "./cache-folder.js";
import { readDistribution } from "./distribution.js";
import type { EngineContext } from "./engine-binary.js";
import { withFetchLock } from "./fetch-lock.js";
import { readPackageOffers } from "./package-offers.js";
import { searchCache, searchEnginesVariable, searchPath } from "./search-places.js";

/** An engine that `resolveEngine` can give. */
export interface AvailableEngine {
  readonly engine: EngineName;
  readonly version: string;
  readonly place: "EVENKEEL_ENGINES" | "PATH" | "cache" | "packages";
  /** Where exactly, as a sentence for people. */
  readonly source: string;
}

/**
 * Lists every engine that can be had on this machine, newest first; of one version, in the order in which
 * `resolveEngine` would take it. Reads the distribution's package lists when they are older than some hours.
 */
export async function listEngines(context: EngineContext): Promise<readonly AvailableEngine[]> {
  const [own, onPath, cached, packages] = await Promise.all([
    searchEnginesVariable(context),
    searchPath(context),
    searchCache(context),
    listPackages(context),
  ]);
  const here = (
    [
      ["EVENKEEL_ENGINES", own],
      ["PATH", onPath],
      ["cache", cached],
    ] as const
  ).flatMap(([place, { engines }]) =>
    engines.map(({ engine, version, source }): AvailableEngine => ({ engine, version, place, source })),
  );
  return [...here, ...packages].toSorted(
    (a, b) => a.engine.localeCompare(b.engine) || compareVersions(b.version, a.version),
  );
}

async function listPackages(context: EngineContext): Promise<readonly AvailableEngine[]> {
  const distribution = await readDistribution(context);
  if (distribution === undefined) return [];
  const folders = cacheFolders(context);
  await mkdir(folders.root, { recursive: true });
  const { offers, complaints } = await withFetchLock(
    folders.lock,
    context,
    async () => await readPackageOffers(distribution, context, { root: folders.packageLists }),
  );
  for (const complaint of complaints) context.notify?.(complaint);
  return offers.map(({ engine, version, packageVersion, state }) => ({
    engine,
    version,
    place: "packages",
    source: `package ${engine}-server ${packageVersion} of ${distribution.name} ${state.release.name}`,
  }));
}
