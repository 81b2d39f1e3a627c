import { readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EngineName } from "../../../cluster/types.js";
import { cacheFolders } from "./cache-folder.js";
import type { BrokenEngine, EngineBinary, EngineContext, EnginePlace } from "./engine-binary.js";
import { readFetchedEngine } from "./engine-manifest.js";
import { findPrograms, splitPathList } from "./find-program.js";
import { readServerVersion } from "./read-server-version.js";

const ENGINES: readonly EngineName[] = ["redis", "valkey"];

/** Looks in every folder of `EVENKEEL_ENGINES`: the folder, its `bin`, its sub-folders and their `bin`. */
export async function searchEnginesVariable(context: EngineContext): Promise<EnginePlace> {
  const folders = splitPathList(context.env["EVENKEEL_ENGINES"]);
  if (folders.length === 0) return { name: "EVENKEEL_ENGINES, which names no folder", engines: [], broken: [] };
  const places = await Promise.all(folders.map((folder) => searchFolder(folder, context)));
  return { name: `EVENKEEL_ENGINES (${folders.join(", ")})`, ...mergeFindings(places) };
}

/** Looks on `PATH`. */
export async function searchPath(context: EngineContext): Promise<EnginePlace> {
  const findings = await findServers(splitPathList(context.env["PATH"]), context);
  return { name: "PATH", ...findings };
}

/** Looks in the per-user cache. Runs nothing: what was fetched was proved then. */
export async function searchCache(context: EngineContext): Promise<EnginePlace> {
  const { engines: folder } = cacheFolders(context);
  const findings = await Promise.all((await subfolders(folder)).map(findFetched));
  return { name: `the cache ${folder}`, ...mergeFindings(findings) };
}

type Findings = Omit<EnginePlace, "name">;

async function searchFolder(folder: string, context: EngineContext): Promise<Findings> {
  const nested = await subfolders(folder);
  const fetched = mergeFindings(await Promise.all([folder, ...nested].map(findFetched)));
  // The `bin` of a fetched engine must not be run without its loader.
  const taken = new Set(fetched.engines.map(({ server }) => dirname(dirname(server[0] ?? ""))));
  const plain = [folder, ...nested].filter((path) => !taken.has(path));
  const candidates = plain.flatMap((path) => [path, join(path, "bin")]).filter((path) => !taken.has(dirname(path)));
  return mergeFindings([fetched, await findServers(candidates, context)]);
}

async function findServers(folders: readonly string[], context: EngineContext): Promise<Findings> {
  const paths = (await Promise.all(ENGINES.map((engine) => findPrograms(`${engine}-server`, folders)))).flat();
  const seen = new Set<string>();
  const engines: EngineBinary[] = [];
  const broken: BrokenEngine[] = [];
  for (const path of paths) {
    const real = await realpath(path);
    if (seen.has(real)) continue;
    seen.add(real);
    const answer = await readServerVersion([path], context);
    if ("broken" in answer) broken.push({ path, reason: answer.broken });
    else engines.push(await describeBinary(path, answer, context));
  }
  return { engines, broken };
}

async function describeBinary(
  path: string,
  { engine, version }: Pick<EngineBinary, "engine" | "version">,
  context: EngineContext,
): Promise<EngineBinary> {
  const folders = [dirname(path), ...splitPathList(context.env["PATH"])];
  const [cli] = await findPrograms(`${engine}-cli`, folders);
  const [checkRdb] = await findPrograms(`${engine}-check-rdb`, [dirname(path)]);
  return {
    engine,
    version,
    server: [path],
    cli: cli === undefined ? [] : [cli],
    ...(checkRdb === undefined ? {} : { checkRdb: [checkRdb] }),
    source: `found at ${path}`,
  };
}

async function findFetched(folder: string): Promise<Findings> {
  const engine = await readFetchedEngine(folder);
  if (engine === undefined) return { engines: [], broken: [] };
  if ("broken" in engine) return { engines: [], broken: [{ path: folder, reason: engine.broken }] };
  return { engines: [engine], broken: [] };
}

/** Names that begin with a dot are fetches under way. */
async function subfolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
    .map((entry) => join(folder, entry.name));
}

function mergeFindings(findings: readonly Findings[]): Findings {
  return {
    engines: findings.flatMap(({ engines }) => engines),
    broken: findings.flatMap(({ broken }) => broken),
  };
}
