// Writes what is made from the chart's values: the table in its README, the descriptions in its schema; and from the conversion's
// rules the table in docs/chart/bitnami.md. With --check: changes nothing, fails when one of them is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { format } from "oxfmt";
import { readValues } from "./read-values.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path) => readFileSync(root + path, "utf8");

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (value) => `\`${cell(JSON.stringify(value))}\``;
const table = (heads, rows) =>
  [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** Puts a text between the two comments that mark its place. */
function fill(page, name, text) {
  const [begin, end] = [`<!-- ${name}: made by scripts/chart-docs.mjs -->`, `<!-- end of ${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no place for ${name}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

function valuesTables(values) {
  const sections = [...new Set(values.map(({ section }) => section))];
  return sections
    .map((section) => {
      const rows = values
        .filter((value) => value.section === section)
        .map(({ path, value, description }) => [`\`${path.join(".")}\``, code(value), cell(description)]);
      return `### ${section}\n\n${table(["value", "default", "what it does"], rows)}`;
    })
    .join("\n\n");
}

function describeSchema(schema, values) {
  const describe = (node, path) => {
    for (const [key, property] of Object.entries(node.properties ?? {})) {
      const at = [...path, key];
      const described = values.find((value) => value.path.join(".") === at.join("."));
      if (described !== undefined) property.description = described.description;
      describe(property, at);
    }
  };
  describe(schema, []);
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The conversion is TypeScript without dependencies of its own: one module, loaded from memory. */
async function loadRules() {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { BITNAMI_RULES } from "./src/chart/bitnami-rules.ts"; export { BITNAMI_GROUPS } from "./src/chart/bitnami-groups.ts";`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "silent",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
}

function rulesTables({ BITNAMI_RULES, BITNAMI_GROUPS }) {
  const groups = BITNAMI_GROUPS.map(({ consumes, means }) => [consumes.map((from) => `\`${from}\``).join(", "), means]);
  const of = (kind) => BITNAMI_RULES.filter((rule) => kind in rule);
  const mapped = of("to").map(({ from, to, note }) => [`\`${from}\``, `\`${to}\`${note ? `: ${cell(note)}` : ""}`]);
  const plain = (kind) => of(kind).map((rule) => [`\`${rule.from}\``, cell(rule[kind])]);
  return [
    `### Read together\n\n${table(["theirs", "ours"], groups)}`,
    `### One for one\n\n${table(["theirs", "ours"], mapped)}`,
    `### Not needed\n\n${table(["theirs", "why"], plain("notNeeded"))}`,
    `### No counterpart\n\n${table(["theirs", "what to do"], plain("missing"))}`,
  ].join("\n\n");
}

const values = readValues(read("redis-cluster/values.yaml"));
const pages = {
  "redis-cluster/values.schema.json": describeSchema(JSON.parse(read("redis-cluster/values.schema.json")), values),
  "redis-cluster/README.md": fill(read("redis-cluster/README.md"), "values", valuesTables(values)),
  "docs/chart/bitnami.md": fill(read("docs/chart/bitnami.md"), "mapping", rulesTables(await loadRules())),
};

const options = JSON.parse(read(".oxfmtrc.json"));
for (const [path, text] of Object.entries(pages)) {
  // As `npm run format` would leave it.
  const { code: rendered } = await format(root + path, text, options);
  if (rendered === read(path)) continue;
  if (process.argv.includes("--check")) {
    process.stderr.write(`${path} is stale: run node scripts/chart-docs.mjs\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(root + path, rendered);
  }
}
