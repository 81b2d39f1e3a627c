import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PROGRAM } from "./program-options.mjs";

/** Bundles what the chart's pre-rollback hook runs. @returns {Promise<string>} the program */
export async function bundleGuard() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { outputFiles } = await build({
    ...PROGRAM,
    entryPoints: [`${root}src/chart/guard/main.ts`],
    write: false,
  });
  return outputFiles[0].text;
}
