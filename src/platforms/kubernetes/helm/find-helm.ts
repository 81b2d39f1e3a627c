import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";

const run = promisify(execFile);

/** A helm program, and of which generation it is: their flags differ. */
export interface HelmProgram {
  readonly path: string;
  readonly major: 3 | 4;
  readonly version: string;
}

function missing(why: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError(`helm is needed to change a release: ${why}`, {
    code: "HELM_NOT_FOUND",
    owner: "user",
    hint: "install Helm 3.12 or newer, or 4 (https://helm.sh/docs/intro/install), or name one with --helm PATH",
    cause,
  });
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function search(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const name = process.platform === "win32" ? "helm.exe" : "helm";
  for (const folder of (env["PATH"] ?? "").split(delimiter).filter((one) => one !== "")) {
    if (await isProgram(join(folder, name))) return join(folder, name);
  }
  throw missing("there is none on PATH");
}

/**
 * Finds helm and asks for its version.
 * @param path of the program, where the user named one
 * @throws EvenkeelError `HELM_NOT_FOUND`
 */
export async function findHelm(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HelmProgram> {
  if (path !== undefined && !(await isProgram(path))) throw missing(`${path} is no program`);
  const found = path ?? (await search(env));
  let said: string;
  try {
    said = (await run(found, ["version", "--template", "{{.Version}}"], { env: { ...env } })).stdout.trim();
  } catch (error) {
    throw missing(`${found} does not tell its version`, error);
  }
  const major = Number(/^v?(\d+)\./.exec(said)?.[1]);
  if (major !== 3 && major !== 4) throw missing(`${found} is version ${said}`);
  return { path: found, major, version: said };
}
