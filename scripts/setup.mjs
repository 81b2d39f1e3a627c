// Everything that a fresh clone needs, done only when it is missing or stale: dependencies, then dist/.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`evenkeel needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(2);
}

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const say = (text) => process.stderr.write(`setup: ${text}\n`);

function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted();
}

function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update(readFileSync(path));
  return hash.digest("hex");
}

/** Runs `work` unless the stamp says that it was done for these very files. */
function unlessDone(stamp, paths, what, work) {
  const now = digest(paths);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) return;
  const begin = Date.now();
  say(`${what} …`);
  work();
  writeFileSync(stamp, now);
  say(`${what}: ${((Date.now() - begin) / 1000).toFixed(1)} s`);
}

const run = (command, args) =>
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });

unlessDone("node_modules/.evenkeel-setup", ["package.json", "package-lock.json"], "dependencies", () =>
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
);
unlessDone(
  "dist/.evenkeel-setup",
  [...files("src"), ...files("scripts"), "package-lock.json", "tsconfig.json", "tsconfig.build.json"],
  "build",
  () => run(process.execPath, ["scripts/build.mjs"]),
);
