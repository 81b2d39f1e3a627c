// Bundles the command line into one file, with the compiled code beside it. Node needs longer to find and compile a hundred
// small modules than `status` and `check` need to run. Commands that wait for minutes anyway stay as they are in dist/cli/.
import { readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const outfile = fileURLToPath(new URL("../dist/programs/evenkeel.cjs", import.meta.url));

/** Loaded only when they are asked for, and yet in the bundle. */
const QUICK = [
  "cli/parse-argv.js",
  "cli/run-command.js",
  "cli/open-local.js",
  "cli/report-error.js",
  "cli/commands/check.js",
  "cli/commands/status.js",
  "cluster/checks/index.js",
];

/** Everything else that is imported when it is needed is taken from dist/. */
const othersFromDist = {
  name: "others-from-dist",
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const module = posix.join(posix.relative(source, resolveDir), path);
      return QUICK.includes(module) ? undefined : { path: `../${module}`, external: true };
    });
  },
};

/**
 * The text that bin/evenkeel.js compiles; V8 takes the compiled code only for the very same one. Code that was compiled
 * before cannot `import()`: what loads for it is handed in.
 */
const wrap = (text) => `(function (exports, require, module, __filename, load) {${text}\n})`;

export async function buildCli() {
  await build({
    entryPoints: [`${source}cli/main.ts`],
    outfile,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    legalComments: "none",
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
    plugins: [othersFromDist],
    logLevel: "warning",
  });
  const text = wrap(readFileSync(outfile, "utf8").replaceAll(/\bimport\(/g, "load("));
  writeFileSync(outfile, text);
  // All functions, not only those that loading alone would compile.
  setFlagsFromString("--no-lazy");
  const script = new Script(text, { filename: outfile });
  setFlagsFromString("--lazy");
  writeFileSync(`${outfile}.v8`, script.createCachedData());
}
