// Bundles the witness for pods: one file of our own code, and each client library as a file of its own, or an error of theirs
// could not be told from one of ours.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PROGRAM, REQUIRE } from "./program-options.mjs";

const source = fileURLToPath(new URL("../src/witness/main.ts", import.meta.url));
const folder = fileURLToPath(new URL("../dist/programs/witness", import.meta.url));

/** What `import()` of a CommonJS library gives in Node; a split bundle would give only its default export. */
const namedExports = {
  name: "named-exports",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(ioredis|iovalkey|redis)$/ }, ({ kind, path, resolveDir }) =>
      kind === "dynamic-import" ? { path, namespace: "named", pluginData: resolveDir } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "named" }, ({ path, pluginData }) => ({
      contents: `import * as library from "${path}"; export const { Cluster, createCluster } = library;`,
      resolveDir: pluginData,
    }));
  },
};

/** @param outdir where else than in dist/ */
export async function buildWitness(outdir = folder) {
  await build({
    ...PROGRAM,
    entryPoints: { witness: source },
    outdir,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    banner: REQUIRE,
    plugins: [namedExports],
  });
}
