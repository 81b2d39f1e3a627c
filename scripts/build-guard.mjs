import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles what the chart's pre-rollback hook runs. @returns {Promise<string>} the program */
export async function bundleGuard() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [`${root}src/chart/guard/main.ts`],
    write: false,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: "node",
    target: "node20",
    format: "esm",
    legalComments: "none",
    logLevel: "warning",
  });
  return outputFiles[0].text;
}
