#!/usr/bin/env node
import { createRequire } from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`evenkeel needs Node 20.19 or newer; this is ${process.version}.\n`);
  process.exit(2);
}

const require = createRequire(import.meta.url);
const { readFileSync, statSync } = require("node:fs");
const { Script } = require("node:vm");
const { fileURLToPath, pathToFileURL } = require("node:url");
const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** The bundle, compiled already where this is the Node that built it (scripts/build-cli.mjs). */
function loadBundle() {
  const filename = pathOf("../dist/programs/evenkeel.cjs");
  const script = new Script(readFileSync(filename, "utf8"), {
    filename,
    cachedData: readFileSync(`${filename}.v8`),
  });
  const load = (name) => import(name.startsWith(".") ? new URL(name, pathToFileURL(filename)) : name);
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, filename, load);
  return module.exports;
}

/** While somebody works on it, only what was compiled last is what they mean. */
function isBundleStale() {
  return statSync(pathOf("../dist/cli/main.js")).mtimeMs > statSync(pathOf("../dist/programs/evenkeel.cjs")).mtimeMs;
}

let cli;
try {
  cli = isBundleStale() ? await import("../dist/cli/main.js") : loadBundle();
} catch (error) {
  if (error?.code !== "ENOENT" && error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
  process.stderr.write("evenkeel is not set up yet: run npm run setup in its folder.\n");
  process.exit(2);
}
// Left by hand: a client library's timer must not keep a command alive that has ended.
process.exit(await cli.runProcess());
