import { parseEngineSpec } from "../../cluster/engines.js";
import { EXIT } from "../../errors/evenkeel-error.js";
import { judgeRollback } from "./judge-rollback.js";
import { readServers } from "./read-servers.js";

/*
 * What the chart's pre-rollback hook runs. Helm rolls back without asking whether the old engine can read what the new one wrote.
 * Arguments: the engine of the revision that is rolled back to, the release, and the agents' URLs.
 */
async function main(): Promise<void> {
  const [engine = "", release = "", ...urls] = process.argv.slice(2);
  const target = parseEngineSpec(engine);
  const { allowed, reason } = judgeRollback(target, await readServers(urls));
  if (allowed) {
    process.stdout.write(`the rollback to ${engine} may go on: ${reason}\n`);
    return;
  }
  // Helm leaves the release in the state pending-rollback when a hook refuses, and then takes no upgrade.
  process.stderr.write(
    [
      `the rollback to ${engine} is refused, no pod was touched: ${reason}`,
      `next: helm rollback ${release} REVISION, with the one that helm history ${release} calls deployed: it changes nothing and frees the release`,
      `then: evenkeel rollback brings back the snapshot from before the upgrade; helm rollback --no-hooks goes on all the same`,
      "",
    ].join("\n"),
  );
  process.exitCode = EXIT.refused;
}

main().catch((error: unknown) => {
  // A guard that is broken itself must not stand in the way of a rescue.
  process.stdout.write(`not judged: ${error instanceof Error ? error.message : String(error)}\n`);
});
