import type { EngineSpec } from "../../../cluster/engines.js";
import type { EngineName } from "../../../cluster/types.js";
import { EvenkeelError, EXIT } from "../../../errors/evenkeel-error.js";
import type { EngineBinary, EnginePlace } from "./engine-binary.js";

/** What a search saw before it gave up. */
export interface SearchRecord {
  readonly places: readonly EnginePlace[];
  /** E.g. `Debian bookworm, trixie, sid`; undefined when packages cannot be fetched on this machine. */
  readonly distribution: string | undefined;
  /** What the distribution has, newest first. */
  readonly offers: readonly Pick<EngineBinary, "engine" | "version">[];
}

/** `ENGINE_NOT_FOUND`: names every place, what was there instead, and what to type next. */
export function engineNotFound(request: EngineSpec, record: SearchRecord): EvenkeelError {
  const asked = `${request.engine}@${request.version}`;
  const looked = record.places.map(describePlace);
  looked.push(
    record.distribution === undefined
      ? "packages: none can be fetched here, that needs the apt of Debian or Ubuntu"
      : `packages of ${record.distribution}: ${listVersions(record.offers)}`,
  );
  return new EvenkeelError(`${asked} was not found. Looked in ${looked.join(" | ")}`, {
    code: "ENGINE_NOT_FOUND",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: suggestNext(request, record),
    details: { engine: request.engine, version: request.version, looked },
  });
}

function describePlace({ name, engines, broken }: EnginePlace): string {
  const bad = broken.map(({ path, reason }) => `${path} does not run: ${reason}`);
  const seen = [...(engines.length === 0 && bad.length > 0 ? [] : [listVersions(engines)]), ...bad];
  return `${name}: ${seen.join("; ")}`;
}

function listVersions(engines: readonly Pick<EngineBinary, "engine" | "version">[]): string {
  if (engines.length === 0) return "no engine";
  return [...new Set(engines.map(({ engine, version }) => `${engine} ${version}`))].join(", ");
}

function suggestNext(request: EngineSpec, record: SearchRecord): string {
  const own = `put a build of it into a folder and name that in EVENKEEL_ENGINES`;
  const known = [...record.places.flatMap(({ engines }) => engines), ...record.offers];
  const others = [...new Set(known.filter(({ engine }) => engine === request.engine).map(({ version }) => version))];
  if (others.length > 0) {
    return `ask for one that is there (${others.map((version) => `${request.engine}@${version}`).join(", ")}), or ${own}`;
  }
  return `run \`${installCommand(request.engine)}\`, or ${own}`;
}

/**
 * The command that installs an engine on this kind of system.
 * @param options.platform as `process.platform` says it
 */
export function installCommand(
  engine: EngineName,
  options: { readonly platform: string } = { platform: process.platform },
): string {
  return options.platform === "darwin" ? `brew install ${engine}` : `apt-get install ${engine}-server`;
}
