// Puts the agent's bundle into the chart and gives the chart the package's version, so that both always match.
// `--check`: changes nothing, and fails when the chart's version or its bundle is not the present one.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleGuard } from "./build-guard.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const BUNDLE = "redis-cluster/files/agent.mjs";
const GUARD = "redis-cluster/files/rollback-guard.mjs";
const CHART = "redis-cluster/Chart.yaml";
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const banner = `// evenkeel agent ${version}\n`;
const bundle = banner + readFileSync("dist/programs/agent.mjs", "utf8");
const guard = await bundleGuard();
const chart = readFileSync(CHART, "utf8");
const matching = chart
  .replace(/^version: .*$/m, `version: ${version}`)
  .replace(/^appVersion: .*$/m, `appVersion: "${version}"`);

if (process.argv.includes("--check")) {
  const wrong = [
    ...(chart === matching ? [] : [`${CHART} is not of version ${version}`]),
    ...(readFileSync(BUNDLE, "utf8") === bundle ? [] : [`${BUNDLE} is not the agent of this build`]),
    ...(readFileSync(GUARD, "utf8") === guard ? [] : [`${GUARD} is not of this source`]),
  ];
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) console.error("run: node scripts/build.mjs && node scripts/build-chart.mjs");
  process.exitCode = wrong.length > 0 ? 1 : 0;
} else {
  mkdirSync("redis-cluster/files", { recursive: true });
  writeFileSync(BUNDLE, bundle);
  writeFileSync(GUARD, guard);
  if (chart !== matching) writeFileSync(CHART, matching);
}
