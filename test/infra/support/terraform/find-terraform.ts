import { execa } from "execa";
import { findPrograms, splitPathList } from "../../../../src/platforms/local/engines/find-program.js";

const LEAST = [1, 11] as const;
const GET =
  "install terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install, or your package manager), put it on PATH and run again";

/**
 * The terraform on PATH.
 * @throws Error that says how to get it when there is none or it is too old: these tests never pass without
 */
export async function findTerraform(path: string | undefined = process.env["PATH"]): Promise<string> {
  const [program] = await findPrograms("terraform", splitPathList(path));
  if (program === undefined) throw new Error(`the infrastructure tests need terraform, and it is not on PATH: ${GET}`);
  const { stdout } = await execa(program, ["version", "-json"], { env: { TF_CLI_CONFIG_FILE: undefined } });
  const { terraform_version: version } = JSON.parse(stdout) as { terraform_version: string };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
    throw new Error(`the infrastructure tests need terraform 1.11, and ${program} is ${version}: ${GET}`);
  }
  return program;
}
