import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compareVersions } from "../../../cluster/engines.js";
import type { EngineName } from "../../../cluster/types.js";
import { type AptState, prepareAptState } from "./apt-state.js";
import type { Distribution } from "./distribution.js";
import type { EngineContext } from "./engine-binary.js";
import { runProgram } from "./run-program.js";

/** A server that a release of the distribution has as a package. */
export interface PackageOffer {
  readonly engine: EngineName;
  /** The engine's own version, e.g. `8.0.1`. */
  readonly version: string;
  /** The package's version, e.g. `8.0.1+dfsg1-1~bpo12+1`. */
  readonly packageVersion: string;
  readonly state: AptState;
}

/** What the distribution has, and what apt complained about while looking. */
export interface PackageOffers {
  /** Newest first; of the same version, the machine's own release first. */
  readonly offers: readonly PackageOffer[];
  readonly complaints: readonly string[];
}

/** Lists younger than this are not asked for again. */
const FRESH_LISTS_MS = 6 * 3_600_000;
const UPDATE_TIMEOUT_MS = 10 * 60_000;

/**
 * Reads which engines the releases of the distribution have.
 * @param options.root folder of the apt states
 * @param options.refresh true: read the lists again, however young they are
 */
export async function readPackageOffers(
  distribution: Distribution,
  context: EngineContext,
  options: { readonly root: string; readonly refresh?: boolean },
): Promise<PackageOffers> {
  const states = await Promise.all(
    distribution.releases.map((release) => prepareAptState(distribution, release, { root: options.root, context })),
  );
  const stale = options.refresh === true ? states : await filterStale(states);
  if (stale.length > 0) {
    const names = stale.map(({ release }) => release.name).join(", ");
    context.notify?.(`reading the package lists of ${distribution.name} ${names}`);
  }
  const complaints = (await Promise.all(stale.map((state) => updateLists(state, context)))).flat();
  const found = (await Promise.all(states.map((state) => readOffers(state, context)))).flat();
  // The sort is stable, so releases keep their order within a version.
  const offers = found.toSorted((a, b) => compareVersions(b.version, a.version));
  return { offers, complaints };
}

/** Reads `apt-cache madison`. Pre-releases (`~rc1`) are left out: nobody asks for them by a plain version. */
export function parseMadison(text: string): readonly Omit<PackageOffer, "state">[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", packageVersion = ""] = line.split("|").map((field) => field.trim());
    const match = /^(redis|valkey)-server$/.exec(name);
    const version = /^(?:\d+:)?(\d+\.\d+\.\d+)(?:[+-]|$)/.exec(packageVersion)?.[1];
    if (match === null || version === undefined) return [];
    return [{ engine: match[1] === "valkey" ? "valkey" : "redis", version, packageVersion } as const];
  });
}

async function filterStale(states: readonly AptState[]): Promise<readonly AptState[]> {
  const ages = await Promise.all(
    states.map(async (state) => {
      const stamp = await stat(stampFile(state)).catch(() => undefined);
      return stamp === undefined ? Number.POSITIVE_INFINITY : Date.now() - stamp.mtimeMs;
    }),
  );
  return states.filter((_, index) => (ages[index] ?? 0) > FRESH_LISTS_MS);
}

/** A suite that is gone from the mirror must not hide the others, so a failed update is a complaint and not an error. */
async function updateLists(state: AptState, context: EngineContext): Promise<readonly string[]> {
  const argv = ["apt-get", "update", "-qq"];
  const result = await runProgram(argv, context, { env: state.env, timeoutMs: UPDATE_TIMEOUT_MS });
  const complaints = readComplaints(result.stderr);
  if (result.failure !== undefined && complaints.length === 0) complaints.push(`apt-get update ${result.failure}`);
  if (complaints.length === 0) await writeFile(stampFile(state), "");
  return complaints.map((text) => `${state.distribution.name} ${state.release.name}: ${text}`);
}

/** The error and warning lines of apt, without passwords in addresses. */
export function readComplaints(stderr: string): string[] {
  return stderr
    .split("\n")
    .filter((line) => /^[EW]: /.test(line) && !line.includes("Some index files failed to download"))
    .map((line) => line.slice(3).replaceAll(/\/\/[^/@\s]+@/g, "//***@"));
}

async function readOffers(state: AptState, context: EngineContext): Promise<readonly PackageOffer[]> {
  const argv = ["apt-cache", "madison", "redis-server", "valkey-server"];
  const result = await runProgram(argv, context, { env: state.env, timeoutMs: 60_000 });
  const seen = new Set<string>();
  return parseMadison(result.stdout).flatMap((offer) => {
    // Newest package first: a security update comes before what it replaces.
    const key = `${offer.engine} ${offer.version}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ ...offer, state }];
  });
}

function stampFile(state: AptState): string {
  return join(state.folder, "lists-read");
}
