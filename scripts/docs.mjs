// Writes docs/events.md from the registry of events. With --check: changes nothing, fails when the page is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { format } from "oxfmt";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}docs/events.md`;

// The registry is TypeScript without imports at run time: one small module, loaded from memory.
const { outputFiles } = await build({
  entryPoints: [`${root}src/events/registry.ts`],
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  logLevel: "silent",
});
const [{ text }] = outputFiles;
const { EVENTS } = await import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);

const sections = Object.entries(EVENTS).map(([code, { level, description, data }]) => {
  const fields = Object.entries(data).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  const table = ["| field | meaning |", "| --- | --- |", ...fields].join("\n");
  return `## ${code}\n\n${description} Level: \`${level}\`.\n\n${table}\n`;
});

const source = `<!-- Made from src/events/registry.ts by scripts/docs.mjs: change it there. -->

# Events

Every command tells what it does as events. \`--events FILE\` appends them to a file, one JSON object a line; a file holds
every event, also those that no terminal shows. The fields of an event:

| field | meaning |
| --- | --- |
| \`time\` | ISO 8601, UTC |
| \`seq\` | 1, 2, 3 … within the run |
| \`run\` | id of the run: one command |
| \`span\` | what it belongs to, e.g. \`replicas/wait\` |
| \`level\` | \`error\`, \`result\`, \`warn\`, \`info\` or \`debug\` |
| \`code\` | one of the codes below |
| \`message\` | a sentence for people; may change between versions |
| \`data\` | the fields below; some are missing where they make no sense. Never secrets |

${sections.join("\n")}`;

// As `npm run format` would leave it.
const { code: rendered } = await format(page, source, JSON.parse(readFileSync(`${root}.oxfmtrc.json`, "utf8")));

if (process.argv.includes("--check")) {
  let present = "";
  try {
    present = readFileSync(page, "utf8");
  } catch {
    // missing is stale too
  }
  if (present !== rendered) {
    process.stderr.write("docs/events.md is stale: run node scripts/docs.mjs\n");
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, rendered);
}
