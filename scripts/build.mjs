// Builds dist/: the library and CLI by plain tsc, and the programs that run beside a server as one file each.
import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildCli } from "./build-cli.mjs";
import { buildWitness } from "./build-witness.mjs";
import { PROGRAM, REQUIRE } from "./program-options.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });

const programs = {
  agent: "src/agent/main.ts",
  kubelet: "src/platforms/local/kubelet/main.ts",
  action: "src/action/main.ts",
};
for (const [name, entry] of Object.entries(programs)) {
  if (!existsSync(entry)) continue;
  await build({
    ...PROGRAM,
    entryPoints: [entry],
    outfile: `dist/programs/${name}.mjs`,
    banner: REQUIRE,
  });
}

await buildWitness();
await buildCli();
// The chart carries the agent of this very build.
execFileSync(process.execPath, ["scripts/build-chart.mjs"], { stdio: "inherit" });
