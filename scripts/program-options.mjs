/** How our programs are made by esbuild: one file for the oldest Node that is supported, small, with the names that errors tell. */
export const PROGRAM = {
  bundle: true,
  minify: true,
  keepNames: true,
  platform: "node",
  target: "node20",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
};

/** Bundled CommonJS asks for Node's own modules by require(). */
export const REQUIRE = {
  js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
};
