import { copyFileSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cachedFolder } from "./cache.js";

const MANIFESTS = ["package.json", "package-lock.json"] as const;
const here = (name: string): string => fileURLToPath(new URL(`packages/${name}`, import.meta.url));

/**
 * Loads what `packages/package.json` names, which are installed into the per-user cache the first time: the
 * product and its other tests never carry them.
 * @returns a `require` that finds them
 */
export async function supportPackages(): Promise<(name: string) => unknown> {
  const inputs = MANIFESTS.map((name) => readFileSync(here(name), "utf8"));
  const folder = await cachedFolder("packages", [...inputs, process.version], async (draft) => {
    for (const name of MANIFESTS) copyFileSync(here(name), join(draft, name));
    await execa("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], { cwd: draft });
  });
  return createRequire(join(folder, "package.json"));
}
