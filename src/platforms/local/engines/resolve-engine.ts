import { versionMatches, type EngineSpec } from "../../../cluster/engines.js";
import { type Distribution, readDistribution } from "./distribution.js";
import type { EngineBinary, EngineContext, EnginePlace } from "./engine-binary.js";
import { engineBroken } from "./engine-errors.js";
import { engineNotFound } from "./engine-not-found.js";
import { fetchEngine } from "./fetch-engine.js";
import { pickNewest } from "./pick-newest.js";
import { searchCache, searchEnginesVariable, searchPath } from "./search-places.js";

/**
 * Finds the server programs of an engine: in the folders of `EVENKEEL_ENGINES`, on `PATH`, in the per-user cache, else
 * fetched from the distribution's packages into that cache. The first place that has a match wins; inside a place, the
 * newest version (on `PATH`, the first).
 * @param request `version` may be partial: `7.0` takes any 7.0.x
 * @throws EvenkeelError `ENGINE_NOT_FOUND`, `ENGINE_FETCH_FAILED` (retryable), `ENGINE_BROKEN`; the signal's reason on abort
 * @example
 * const engine = await resolveEngine({ engine: "redis", version: "7.0" }, { env: process.env });
 * spawn(engine.server[0], [...engine.server.slice(1), "redis.conf"]);
 */
export async function resolveEngine(request: EngineSpec, context: EngineContext): Promise<EngineBinary> {
  const own = await searchEnginesVariable(context);
  const chosen = pickNewest(request, own.engines);
  if (chosen !== undefined) return chosen;
  // Folders that the user named: passing over a broken server there would run something else than they meant.
  const [bad] = own.broken;
  if (bad !== undefined) throw engineBroken(bad.path, bad.reason);

  const onPath = await searchPath(context);
  const installed = onPath.engines.find(
    ({ engine, version }) => engine === request.engine && versionMatches(request.version, version),
  );
  if (installed !== undefined) return installed;
  for (const { path, reason } of onPath.broken) context.notify?.(`passing over ${path}: ${reason}`);

  const cached = await searchCache(context);
  const kept = pickNewest(request, cached.engines);
  if (kept !== undefined) return kept;
  return await fetchOrExplain(request, [own, onPath, cached], context);
}

async function fetchOrExplain(
  request: EngineSpec,
  places: readonly EnginePlace[],
  context: EngineContext,
): Promise<EngineBinary> {
  const distribution = await readDistribution(context);
  if (distribution !== undefined) {
    const outcome = await fetchEngine(request, distribution, context);
    if ("fetched" in outcome) return outcome.fetched;
    throw engineNotFound(request, { places, distribution: describe(distribution), offers: outcome.offers });
  }
  const broken = places.flatMap((place) => place.broken).find(({ path }) => path.endsWith(`/${request.engine}-server`));
  if (broken !== undefined) throw engineBroken(broken.path, broken.reason);
  throw engineNotFound(request, { places, distribution: undefined, offers: [] });
}

function describe({ name, releases }: Distribution): string {
  return `${name} ${releases.map((release) => release.name).join(", ")}`;
}
