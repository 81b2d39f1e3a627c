import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { parseEnvironment } from "../../../infra/environment/parse-environment.js";
import {
  BOOTSTRAP_STATE_KEY,
  resolveAll,
  stateKey,
  type Environment,
} from "../../../infra/environment/resolve-environment.js";
import type { InfraFile } from "../../../infra/environment/schema.js";
import { nearestName } from "../../../errors/nearest-name.js";
import type { CommandContext } from "../../context.js";

/** Flags of every infra command. */
export interface InfraOptions {
  /** The environment file. */
  readonly file: string;
}

/** The environment file, read. */
export interface OpenFile {
  readonly path: string;
  /** Folder that its paths are relative to. */
  readonly folder: string;
  readonly file: InfraFile;
  readonly environments: readonly Environment[];
}

/**
 * Reads the environment file and tells what should be known of it.
 * @throws EvenkeelError `INFRA_FILE_MISSING`, `INFRA_FILE_INVALID`
 */
export function openFile({ io, recorder }: CommandContext, { file: name }: InfraOptions): OpenFile {
  const path = resolve(io.cwd, name);
  if (!existsSync(path))
    throw new EvenkeelError(`there is no environment file ${name}`, {
      code: "INFRA_FILE_MISSING",
      owner: "user",
      hint: "evenkeel infra init makes one; or name yours with --file",
      details: { file: path },
    });
  const { file, notices } = parseEnvironment(readFileSync(path, "utf8"), name);
  for (const { place, message } of notices) recorder.emit("NOTICE", `${place}: ${message}`, { topic: place });
  return { path, folder: dirname(path), file, environments: resolveAll(file) };
}

/** A root that commands work on: an environment's, or that of the state bucket. */
export interface Target {
  readonly id: string;
  readonly folder: string;
  readonly stateKey: string;
  /** Missing for the state bucket's own root. */
  readonly environment?: Environment;
}

/** Name under which the state bucket's own root is spoken of. */
export const BOOTSTRAP = "bootstrap";

/** The root of the state bucket. */
export function bootstrapTarget({ folder, file }: OpenFile): Target {
  return { id: BOOTSTRAP, folder: join(folder, file.state.root), stateKey: BOOTSTRAP_STATE_KEY };
}

/**
 * The environment that was named, or the only one there is.
 * @throws EvenkeelError `ENVIRONMENT_UNKNOWN`
 */
export function findTarget(open: OpenFile, id: string | undefined): Target {
  if (id === BOOTSTRAP) return bootstrapTarget(open);
  const [only, ...others] = open.environments;
  const found = id === undefined && others.length === 0 ? only : open.environments.find((one) => one.id === id);
  if (found !== undefined)
    return { id: found.id, folder: join(open.folder, found.root), stateKey: stateKey(found), environment: found };
  const names = open.environments.map((one) => one.id);
  const near = id === undefined ? undefined : nearestName(id, names);
  throw new EvenkeelError(id === undefined ? "which environment is meant?" : `there is no environment ${id}`, {
    code: "ENVIRONMENT_UNKNOWN",
    owner: "user",
    hint: near === undefined ? `name one of: ${names.join(", ")}` : `did you mean ${near}?`,
    details: { environments: names },
  });
}
