// Writes the tables of inputs and outputs into the READMEs of modules and roots, from their variables and outputs.
// `--check` writes nothing and fails when a table is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "oxfmt";
import { attribute, folderBlocks } from "./hcl-blocks.mjs";

const INFRA = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = [
  "modules/backend",
  "modules/vpc",
  "modules/eks",
  "modules/eks/in-cluster",
  "environments/demo",
  "environments/production",
  "bootstrap",
];
const STYLE = JSON.parse(readFileSync(fileURLToPath(new URL("../../.oxfmtrc.json", import.meta.url)), "utf8"));
const [BEGIN, END] = ["<!-- begin: inputs and outputs -->", "<!-- end: inputs and outputs -->"];

const cell = (text) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").trim();
const code = (text) => `\`${cell(text)}\``;
const unquote = (text) => (text === undefined ? "" : text.replace(/^"|"$/g, "").replaceAll('\\"', '"'));

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The two tables of a folder. */
function tables(folder) {
  const all = folderBlocks(folder);
  const named = (type) => all.filter((block) => block.type === type);
  const inputs = named("variable").map(({ labels: [name], body }) => {
    const standard = attribute(body, "default");
    return [
      code(name),
      code(attribute(body, "type") ?? "any"),
      standard === undefined ? "**required**" : code(standard),
      cell(unquote(attribute(body, "description"))),
    ];
  });
  const outputs = named("output").map(({ labels: [name], body }) => [
    code(name),
    cell(unquote(attribute(body, "description"))),
  ]);
  return [
    BEGIN,
    "",
    "## Inputs",
    "",
    table(["name", "type", "default", "what"], inputs),
    "",
    "## Outputs",
    "",
    table(["name", "what"], outputs),
    "",
    END,
  ].join("\n");
}

let stale = 0;
for (const folder of FOLDERS) {
  const path = join(INFRA, folder, "README.md");
  const before = readFileSync(path, "utf8");
  const [head, rest = ""] = before.split(BEGIN);
  const [, tail = "\n"] = rest.split(END);
  const { code: after } = await format(path, `${head.trimEnd()}\n\n${tables(join(INFRA, folder))}${tail}`, STYLE);
  if (after === before) continue;
  stale += 1;
  if (process.argv.includes("--check")) process.stderr.write(`infra/${folder}/README.md is stale\n`);
  else writeFileSync(path, after);
}
if (stale > 0 && process.argv.includes("--check")) {
  process.stderr.write("write it anew: node infra/scripts/module-readme.mjs\n");
  process.exit(1);
}
