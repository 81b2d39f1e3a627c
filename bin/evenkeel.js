#!/usr/bin/env node
"use strict";
// CommonJS (bin/package.json): Node's loader of ES modules takes a tenth of a bare start, at every command.
const { readFileSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`evenkeel needs Node 20.19 or newer; this is ${process.version}.\n`);
  process.exit(2);
}

const programs = join(__dirname, "../dist/programs");
const bundle = join(programs, "evenkeel.cjs");
const compiled = join(__dirname, "../dist/cli/main.js");
const loaded = new Map();

/** A bundle, compiled already where this is the Node that built it (scripts/build-cli.mjs). */
function loadBundle(path) {
  const known = loaded.get(path);
  if (known) return known.exports;
  const script = new Script(readFileSync(path, "utf8"), { filename: path, cachedData: readFileSync(`${path}.v8`) });
  const module = { exports: {} };
  loaded.set(path, module);
  script.runInThisContext()(module.exports, require, module, path, load);
  return module.exports;
}

/** What bundles import when they need it: a bundle, a part of one (`#`), a file of dist/, or a package. */
async function load(name) {
  if (!name.startsWith(".")) return import(name);
  const [file, part] = name.split("#");
  if (!file.endsWith(".cjs")) return import(new URL(name, pathToFileURL(bundle)));
  const exports = loadBundle(join(programs, file));
  return part === undefined ? exports : exports.parts[part]();
}

/** While somebody works on it, only what was compiled last is what they mean. */
const isBundleStale = () => statSync(compiled).mtimeMs > statSync(bundle).mtimeMs;

async function loadCli() {
  try {
    return isBundleStale() ? await import(pathToFileURL(compiled)) : loadBundle(bundle);
  } catch (error) {
    if (error?.code !== "ENOENT" && error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
    process.stderr.write("evenkeel is not set up yet: run npm run setup in its folder.\n");
    return process.exit(2);
  }
}

// Left by hand: a client library's timer must not keep a command alive that has ended.
void loadCli()
  .then((cli) => cli.runProcess())
  .then((code) => process.exit(code));
