import { access, constants, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EngineBinary } from "./engine-binary.js";

const MANIFEST_FILE = "engine.json";

const manifestSchema = z.object({
  schema: z.literal(1),
  engine: z.enum(["redis", "valkey"]),
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  /** As `process.arch` says it: a home folder may be shared by machines of different kinds. */
  arch: z.string(),
  /** E.g. `Debian trixie`. */
  origin: z.string(),
  packages: z.array(z.object({ name: z.string(), version: z.string() })).readonly(),
});

/** What is remembered of a fetched engine, so that finding it again needs neither apt nor a run of the server. */
export type EngineManifest = Readonly<z.infer<typeof manifestSchema>>;

/** Name of the engine's folder in the cache, e.g. `redis-8.0.6-x64`. */
export function engineFolderName(manifest: Pick<EngineManifest, "engine" | "version" | "arch">): string {
  return `${manifest.engine}-${manifest.version}-${manifest.arch}`;
}

/**
 * The argv prefix of one program of a fetched engine. `run/NAME` is a link to the release's own loader, so that the process
 * is listed under the program's name and not as `ld-linux-…`; the program then runs with the C library it was built for.
 */
export function fetchedProgram(folder: string, name: string): readonly string[] {
  return [join(folder, "run", name), "--library-path", join(folder, "lib"), join(folder, "bin", name)];
}

/** Writes the manifest into the engine's folder. */
export async function writeManifest(folder: string, manifest: EngineManifest): Promise<void> {
  await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/**
 * Reads a fetched engine from its folder.
 * @returns `undefined` when the folder has no manifest or is for another kind of machine, `{ broken }` when something of
 * the engine is damaged or gone
 */
export async function readFetchedEngine(
  folder: string,
): Promise<EngineBinary | { readonly broken: string } | undefined> {
  const text = await readFile(join(folder, MANIFEST_FILE), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest = parseManifest(text);
  if (manifest === undefined) return { broken: `its ${MANIFEST_FILE} cannot be read` };
  if (manifest.arch !== process.arch) return undefined;
  const names = { server: `${manifest.engine}-server`, cli: `${manifest.engine}-cli` };
  const checkRdb = `${manifest.engine}-check-rdb`;
  const [hasServer, hasCli, hasCheckRdb] = await Promise.all(
    [names.server, names.cli, checkRdb].map((name) => canRun(folder, name)),
  );
  if (!hasServer) return { broken: `${names.server} or its loader is gone` };
  const { version: packageVersion = "" } = manifest.packages.find(({ name }) => name === names.server) ?? {};
  return {
    engine: manifest.engine,
    version: manifest.version,
    server: fetchedProgram(folder, names.server),
    cli: hasCli ? fetchedProgram(folder, names.cli) : [],
    ...(hasCheckRdb ? { checkRdb: fetchedProgram(folder, checkRdb) } : {}),
    source: `package ${names.server} ${packageVersion} of ${manifest.origin}, kept in ${folder}`,
  };
}

function parseManifest(text: string): EngineManifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function canRun(folder: string, name: string): Promise<boolean> {
  const paths = [join(folder, "run", name), join(folder, "bin", name)];
  const checks = await Promise.allSettled(paths.map((path) => access(path, constants.X_OK)));
  return checks.every(({ status }) => status === "fulfilled");
}
