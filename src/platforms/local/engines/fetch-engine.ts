import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { versionMatches, type EngineSpec } from "../../../cluster/engines.js";
import { cacheFolders } from "./cache-folder.js";
import type { Distribution } from "./distribution.js";
import type { EngineBinary, EngineContext } from "./engine-binary.js";
import { packageBroken, fetchFailed } from "./engine-errors.js";
import { engineFolderName, fetchedProgram, readFetchedEngine, writeManifest } from "./engine-manifest.js";
import { withFetchLock } from "./fetch-lock.js";
import { pickNewest } from "./pick-newest.js";
import { type PackageOffer, readComplaints, readPackageOffers } from "./package-offers.js";
import { type PlannedPackage, planPackages } from "./package-plan.js";
import { readServerVersion } from "./read-server-version.js";
import { runProgram } from "./run-program.js";
import { searchCache } from "./search-places.js";
import { unpackEngine } from "./unpack-engine.js";

const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
const UNFINISHED = ".fetch-";

/**
 * Fetches an engine from the distribution's packages into the cache. Nothing is installed. What appears in the cache is
 * complete and has run; a fetch that fails or is killed leaves nothing that a search would find.
 * @returns the engine, or what the distribution has instead
 * @throws EvenkeelError `ENGINE_FETCH_FAILED`, `ENGINE_BROKEN`
 */
export async function fetchEngine(
  request: EngineSpec,
  distribution: Distribution,
  context: EngineContext,
): Promise<{ readonly fetched: EngineBinary } | { readonly offers: readonly PackageOffer[] }> {
  const folders = cacheFolders(context);
  try {
    await mkdir(folders.engines, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw fetchFailed(request, `the cache folder ${folders.engines} cannot be made: ${String(error)}`, {
      hint: "set EVENKEEL_CACHE to a folder that you can write",
      cause: error,
      retryable: false,
    });
  }
  return await withFetchLock(folders.lock, context, async () => {
    const meanwhile = pickNewest(request, (await searchCache(context)).engines);
    if (meanwhile !== undefined) return { fetched: meanwhile };
    await removeUnfinished(folders.engines);
    return await fetchNewest(request, distribution, context);
  });
}

async function fetchNewest(
  request: EngineSpec,
  distribution: Distribution,
  context: EngineContext,
): Promise<{ readonly fetched: EngineBinary } | { readonly offers: readonly PackageOffer[] }> {
  const root = cacheFolders(context).packageLists;
  for (const refresh of [false, true]) {
    const { offers, complaints } = await readPackageOffers(distribution, context, { root, refresh });
    const offer = offers.find(
      ({ engine, version }) => engine === request.engine && versionMatches(request.version, version),
    );
    if (offer === undefined) {
      if (complaints.length > 0)
        throw fetchFailed(request, `${complaints.join("; ")}. What could be read has ${listOffers(offers)}`);
      return { offers };
    }
    const outcome = await fetchOffer(offer, context);
    if ("fetched" in outcome) return outcome;
    // Archives drop a package soon after it is replaced: lists of this morning may name one that is gone.
    if (refresh) throw fetchFailed(request, outcome.failed);
  }
  throw fetchFailed(request, "the package lists changed while they were read");
}

async function fetchOffer(
  offer: PackageOffer,
  context: EngineContext,
): Promise<{ readonly fetched: EngineBinary } | { readonly failed: string }> {
  const packages = await planPackages(offer, context);
  if ("failed" in packages) return packages;
  const { engines } = cacheFolders(context);
  const folder = await mkdtemp(join(engines, UNFINISHED));
  try {
    context.notify?.(describeFetch(offer, packages));
    const argv = ["apt-get", "download", "-qq", ...packages.map(({ name, version }) => `${name}=${version}`)];
    const options = { cwd: folder, env: offer.state.env, timeoutMs: DOWNLOAD_TIMEOUT_MS };
    const result = await runProgram(argv, context, options);
    if (result.failure !== undefined) {
      return { failed: readComplaints(result.stderr).join("; ") || `apt-get download ${result.failure}` };
    }
    await unpackEngine(folder, offer.engine, context);
    return { fetched: await keepEngine(folder, { offer, packages, context }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Proves the unpacked server by running it, writes the manifest, and gives the folder its name. */
async function keepEngine(
  folder: string,
  options: {
    readonly offer: PackageOffer;
    readonly packages: readonly PlannedPackage[];
    readonly context: EngineContext;
  },
): Promise<EngineBinary> {
  const { offer, packages, context } = options;
  const server = `${offer.engine}-server`;
  const answer = await readServerVersion(fetchedProgram(folder, server), context);
  const origin = `${offer.state.distribution.name} ${offer.state.release.name}`;
  if ("broken" in answer) throw packageBroken(`${server} ${offer.packageVersion} of ${origin}`, answer.broken);
  const manifest = {
    schema: 1,
    engine: answer.engine,
    version: answer.version,
    arch: process.arch,
    origin,
    packages: packages.map(({ name, version }) => ({ name, version })),
  } as const;
  await writeManifest(folder, manifest);
  const kept = join(cacheFolders(context).engines, engineFolderName(manifest));
  await rm(kept, { recursive: true, force: true });
  await rename(folder, kept);
  const engine = await readFetchedEngine(kept);
  if (engine === undefined || "broken" in engine) throw packageBroken(kept, engine?.broken ?? "it has no manifest");
  return engine;
}

function describeFetch(offer: PackageOffer, packages: readonly PlannedPackage[]): string {
  const megabytes = packages.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const { distribution, release } = offer.state;
  const what = `${offer.engine} ${offer.version} from ${distribution.name} ${release.name}`;
  return `fetching ${what}: ${packages.length} packages, ${megabytes.toFixed(1)} MB`;
}

function listOffers(offers: readonly PackageOffer[]): string {
  return offers.map(({ engine, version }) => `${engine} ${version}`).join(", ") || "no engine";
}

/** Whoever made them is dead: the lock is ours. */
async function removeUnfinished(engines: string): Promise<void> {
  for (const name of await readdir(engines)) {
    if (name.startsWith(UNFINISHED)) await rm(join(engines, name), { recursive: true, force: true });
  }
}
