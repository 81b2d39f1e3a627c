import { access } from "node:fs/promises";
import type { EngineContext } from "./engine-binary.js";
import { findPrograms, splitPathList } from "./find-program.js";
import { COMPONENTS, DISTRIBUTIONS, type DistributionName, KEYRINGS, type Release, RELEASES } from "./releases.js";
import { runProgram } from "./run-program.js";

/** The machine's distribution, as far as packages are concerned. */
export interface Distribution {
  readonly name: DistributionName;
  /** Base address of the archive that the machine itself uses. */
  readonly mirror: string;
  readonly securityMirror: string | undefined;
  /** Undefined: the keys that apt trusts anyway. */
  readonly keyring: string | undefined;
  /** The machine's own release first, when it is one that we know. */
  readonly releases: readonly Release[];
}

/** One package list that the machine's apt is configured for. */
export interface IndexTarget {
  readonly mirror: string;
  readonly suite: string;
  /** Empty on a machine that has not read its lists yet. */
  readonly label: string;
}

const NEEDED_PROGRAMS = ["apt-get", "apt-cache", "apt-config", "dpkg-deb", "flock"];
const TARGET_FORMAT = "$(REPO_URI)|$(RELEASE)|$(LABEL)";

/**
 * Reads what the machine's apt is configured for.
 * @returns undefined when this is not Debian or Ubuntu, or when apt is not there
 */
export async function readDistribution(context: EngineContext): Promise<Distribution | undefined> {
  const folders = splitPathList(context.env["PATH"]);
  const programs = await Promise.all(NEEDED_PROGRAMS.map((name) => findPrograms(name, folders)));
  if (programs.some((found) => found.length === 0)) return undefined;
  const argv = ["apt-get", "indextargets", "--format", TARGET_FORMAT, "Identifier: Packages"];
  const { stdout } = await runProgram(argv, context, { timeoutMs: 30_000 });
  const described = describeDistribution(parseIndexTargets(stdout));
  if (described === undefined) return undefined;
  const keyring = KEYRINGS[described.name];
  const hasKeyring = await access(keyring).then(
    () => true,
    () => false,
  );
  return { ...described, keyring: hasKeyring ? keyring : undefined };
}

/** Reads the answer of `apt-get indextargets` in our format. Fields that apt does not know stay as `$(NAME)`. */
export function parseIndexTargets(text: string): readonly IndexTarget[] {
  return text.split("\n").flatMap((line) => {
    const [mirror = "", suite = "", label = ""] = line.split("|");
    if (mirror === "" || suite === "") return [];
    return [{ mirror: mirror.replace(/\/+$/, ""), suite, label: label.startsWith("$(") ? "" : label }];
  });
}

/**
 * Finds the distribution's own archive among everything that apt is configured for: by its label, or, before lists were
 * read for the first time, by the name of a release.
 */
export function describeDistribution(targets: readonly IndexTarget[]): Omit<Distribution, "keyring"> | undefined {
  for (const name of DISTRIBUTIONS) {
    const known: readonly Release[] = RELEASES[name];
    const isKnown = (suite: string) => known.some((release) => release.name === suite);
    const main =
      targets.find(({ label, suite }) => label === name && isKnown(suite)) ??
      targets.find(({ label }) => label === name) ??
      targets.find(({ label, suite }) => label === "" && isKnown(suite));
    if (main === undefined) continue;
    const security = targets.find(({ suite }) => suite.endsWith("-security"));
    const own = known.filter((release) => release.name === main.suite);
    return {
      name,
      mirror: main.mirror,
      securityMirror: security?.mirror,
      releases: [...own, ...known.filter((release) => !own.includes(release))],
    };
  }
  return undefined;
}

/** The `sources.list` of one release. */
export function renderSources(distribution: Distribution, release: Release): string {
  const { mirror, securityMirror, keyring, name } = distribution;
  const option = keyring === undefined ? "" : `[signed-by=${keyring}] `;
  const lines = [release.name, ...release.extraSuites.map((suite) => `${release.name}-${suite}`)].map(
    (suite) => `deb ${option}${mirror} ${suite} ${COMPONENTS[name]}`,
  );
  if (release.security && securityMirror !== undefined) {
    lines.push(`deb ${option}${securityMirror} ${release.name}-security ${COMPONENTS[name]}`);
  }
  return `${lines.join("\n")}\n`;
}
