// Bundles the command line, with the compiled code beside it. Node needs longer to find and compile a hundred small modules
// than `status` and `check` need to run. Commands that wait for minutes anyway stay as they are in dist/cli/.
import { readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const programs = fileURLToPath(new URL("../dist/programs/", import.meta.url));

/**
 * What reads arguments is as large as all that `check` needs, and `check` reads its own: a bundle each. `parts` are loaded
 * only when they are asked for, and yet lie in the bundle.
 */
const BUNDLES = [
  {
    file: "evenkeel.cjs",
    entry: "cli/main.js",
    parts: [
      "cli/run-command.js",
      "cli/open-local.js",
      "cli/report-error.js",
      "cli/commands/check.js",
      "cli/commands/status.js",
    ],
  },
  { file: "parse-argv.cjs", entry: "cli/parse-argv.js", parts: [] },
];

/** Where a module that is imported when it is needed is found: in a bundle, or as it is in dist/. bin/evenkeel.js reads these. */
function whereIs(module) {
  for (const { file, entry, parts } of BUNDLES) {
    if (module === entry) return `./${file}`;
    if (parts.includes(module)) return `./${file}#${module}`;
  }
  return `../${module}`;
}

const othersFromOutside = ({ parts }) => ({
  name: "others-from-outside",
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const module = posix.join(posix.relative(source, resolveDir), path);
      return parts.includes(module) ? undefined : { path: whereIs(module), external: true };
    });
  },
});

/** `redis-errors` asserts how it is called: its module of Node is loaded when it is, and not at every start. */
const assertWhenAsked = {
  name: "assert-when-asked",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^assert$/ }, () => ({ path: "assert", namespace: "when-asked" }));
    onLoad({ filter: /^assert$/, namespace: "when-asked" }, () => ({
      contents: `const ask = () => require("node:assert");
        module.exports = (...told) => ask()(...told);
        module.exports.strictEqual = (...told) => ask().strictEqual(...told);`,
    }));
  },
};

/** The entry's own exports, and the parts for whoever asks from another bundle. */
const contentsOf = ({ entry, parts }) =>
  `export * from "./${entry}"; export const parts = {${parts.map((part) => `"${part}": () => import("./${part}")`).join(",")}};`;

/**
 * The text that bin/evenkeel.js compiles; V8 takes the compiled code only for the very same one. Code that was compiled
 * before cannot `import()`: what loads for it is handed in.
 */
const wrap = (text) => `(function (exports, require, module, __filename, load) {${text}\n})`;

async function buildBundle(bundle) {
  const outfile = join(programs, bundle.file);
  await build({
    stdin: { contents: contentsOf(bundle), resolveDir: source, loader: "ts" },
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
    plugins: [othersFromOutside(bundle), assertWhenAsked],
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

export async function buildCli() {
  for (const bundle of BUNDLES) await buildBundle(bundle);
}
