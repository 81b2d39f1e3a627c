import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Distribution } from "./distribution.js";
import { renderSources } from "./distribution.js";
import type { EngineContext } from "./engine-binary.js";
import type { Release } from "./releases.js";
import { runProgram } from "./run-program.js";

/** Apt's own files for one release, apart from the machine's: its lists, its cache, its idea of what is installed. */
export interface AptState {
  readonly distribution: Distribution;
  readonly release: Release;
  readonly folder: string;
  /** Environment that makes apt use this state. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Said to be installed, so that apt does not bring them: the servers' packages depend on them for making a user and a
 * service, which unpacking alone does not do.
 */
const ASSUMED_PACKAGES = [
  "adduser",
  "debconf",
  "init-system-helpers",
  "lsb-base",
  "passwd",
  "procps",
  "sysvinit-utils",
];

/**
 * Writes the configuration of one release's apt state. Needs no root.
 * @param root folder of all states
 */
export async function prepareAptState(
  distribution: Distribution,
  release: Release,
  options: { readonly root: string; readonly context: EngineContext },
): Promise<AptState> {
  const folder = join(options.root, `${distribution.name.toLowerCase()}-${release.name}`);
  const config = join(folder, "apt.conf");
  for (const name of ["lists/partial", "archives/partial", "none"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const { stdout } = await runProgram(["apt-config", "dump"], options.context, { timeoutMs: 30_000 });
  // Mode: a mirror or a proxy may be written with its password.
  await writeFile(join(folder, "sources.list"), renderSources(distribution, release), { mode: 0o600 });
  await writeFile(join(folder, "status"), ASSUMED_PACKAGES.map(renderAssumed).join("\n"));
  await writeFile(config, renderAptConfig(folder, stdout), { mode: 0o600 });
  return { distribution, release, folder, env: { APT_CONFIG: config } };
}

/**
 * The configuration: how the machine reaches archives (proxies, time limits) is kept; its hooks, its sources, its pins and
 * the extra indexes that desktops ask for are not.
 */
export function renderAptConfig(folder: string, machineConfig: string): string {
  const reach = /^Acquire::(?!IndexTargets|Languages|GzipIndexes|CompressionTypes)\S+ /;
  const kept = machineConfig.split("\n").filter((line) => reach.test(line));
  const [, architecture] = /^APT::Architecture "(\w+)"/m.exec(machineConfig) ?? [];
  // Named, or apt would also read the lists of every foreign architecture that dpkg was told of.
  if (architecture !== undefined) kept.push(`APT::Architectures { "${architecture}"; };`);
  const none = join(folder, "none");
  const own: Readonly<Record<string, string>> = {
    "Dir::State": folder,
    "Dir::State::lists": join(folder, "lists"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": folder,
    "Dir::Cache::archives": join(folder, "archives"),
    "Dir::Cache::srcpkgcache": "",
    "Dir::Cache::pkgcache": "",
    "Dir::Etc::main": join(none, "apt.conf"),
    "Dir::Etc::parts": none,
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": none,
    "Dir::Etc::preferences": join(none, "preferences"),
    "Dir::Etc::preferencesparts": none,
    "Acquire::Languages": "none",
    "Acquire::GzipIndexes": "true",
    // As root, apt would download as a user who may not be able to enter the cache.
    "APT::Sandbox::User": "root",
  };
  const lines = Object.entries(own).map(([key, value]) => `${key} "${value}";`);
  return `${[...kept, ...lines].join("\n")}\n`;
}

function renderAssumed(name: string): string {
  return [
    `Package: ${name}`,
    "Status: install ok installed",
    "Version: 999",
    "Architecture: all",
    "Maintainer: none <none@localhost>",
    "Description: assumed",
    "",
  ].join("\n");
}
