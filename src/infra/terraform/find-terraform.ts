import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { EvenkeelError, EXIT } from "../../errors/evenkeel-error.js";

/** Terraform 1.11 made the bucket's own lock file stable. */
const OLDEST = [1, 11] as const;

type Env = Readonly<Record<string, string | undefined>>;

/** The program that is used. */
export interface TerraformProgram {
  readonly path: string;
  /** e.g. `1.11.4`. */
  readonly version: string;
}

function findOnPath(env: Env): string | undefined {
  const name = process.platform === "win32" ? "terraform.exe" : "terraform";
  return (env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder === "" ? "." : folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function unfit(message: string, details: Readonly<Record<string, unknown>>): EvenkeelError {
  return new EvenkeelError(message, {
    code: "TERRAFORM_MISSING",
    owner: "environment",
    exitCode: EXIT.usage,
    hint: "install Terraform 1.11 or newer and put it on PATH: https://developer.hashicorp.com/terraform/install",
    details,
  });
}

/** The environment that Terraform runs in: it must never wait for an answer. */
export function terraformEnv(env: Env): NodeJS.ProcessEnv {
  const { TF_CLI_CONFIG_FILE: config, ...rest } = env;
  // A name of a file that is not there only makes every command print a warning.
  const kept = config !== undefined && existsSync(config) ? { TF_CLI_CONFIG_FILE: config } : {};
  return { ...rest, ...kept, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" };
}

/**
 * Finds Terraform on PATH and asks for its version.
 * @throws EvenkeelError `TERRAFORM_MISSING` also when it is too old
 */
export async function findTerraform(env: Env): Promise<TerraformProgram> {
  const path = findOnPath(env);
  if (path === undefined) throw unfit("terraform is not on PATH: infra commands run it", {});
  let version: string;
  try {
    const { stdout } = await promisify(execFile)(path, ["version", "-json"], {
      env: terraformEnv(env),
      timeout: 30_000,
    });
    version = (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
  } catch (error) {
    throw unfit(`${path} does not run: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`, {
      path,
    });
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return { path, version };
  throw unfit(`terraform ${version} at ${path} is too old: ${OLDEST.join(".")} or newer is needed`, { path, version });
}
