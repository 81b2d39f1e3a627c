// Reads the one object that `demo --output json` prints and fails when the promise was not kept.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const problems = [];
const expect = (what, seen, wanted) => {
  if (seen !== wanted) problems.push(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
};
expect("result", report.result, "passed");
expect("lost", report.lost, 0);
expect("doubled", report.doubled, 0);
expect("failovers", report.failovers, 3);
for (const [name, client] of Object.entries(report.clients)) {
  if (name !== "node-redis") expect(`${name} failed`, client.failed, 0);
  // node-redis rejects what is in flight to a node that was demoted; these commands are its own doing.
  else
    expect(
      `${name} failed otherwise than by its own disconnect`,
      client.failed - (client.errors["Disconnects client"] ?? 0),
      0,
    );
}
if (!(report.commands > 10_000)) problems.push(`commands: only ${report.commands}`);
for (const problem of problems) process.stderr.write(`demo: ${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);
