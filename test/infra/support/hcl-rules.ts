import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { attribute, blankText, blocks, folderBlocks } from "../../../infra/scripts/hcl-blocks.mjs";
import type { HclBlock } from "../../../infra/scripts/hcl-blocks.mjs";

const SNAKE = /^[a-z][a-z0-9_]*$/;
const NAMED = new Set(["variable", "output", "module", "resource", "data"]);

/** The folders below a folder that hold configurations. */
export function configurationFolders(root: string): readonly string[] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true });
  return [...new Set(files.filter((file) => file.name.endsWith(".tf")).map((file) => file.parentPath))].toSorted();
}

/** The text of a folder's configuration, to look for references in: templates are kept, comments are not. */
function references(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".tf"))
    .map((name) => readFileSync(join(folder, name), "utf8").replaceAll(/^\s*#.*$/gm, ""))
    .join("\n");
}

/** A version that lets a new major release in, or any at all, is not pinned. */
const isBounded = (version: string): boolean => /^"~> \d/.test(version) || /<\s*\d/.test(version);

function pins(block: HclBlock): readonly string[] {
  if (block.type === "module") {
    const [name = ""] = block.labels;
    const source = attribute(block.body, "source") ?? "";
    if (source.startsWith('"./') || source.startsWith('"../')) return [];
    const exact = /^"\d+\.\d+\.\d+"$/.test(attribute(block.body, "version") ?? "");
    return exact ? [] : [`module ${name} of ${source} has no exact version`];
  }
  if (block.type !== "terraform") return [];
  const inner = blocks(block.body);
  // A backend beside the versions says nothing of versions.
  if (inner.some(({ type }) => type === "backend")) return [];
  const least = attribute(block.body, "required_version") === undefined ? ["no required_version"] : [];
  const providers = inner.find(({ type }) => type === "required_providers")?.body ?? "";
  const loose = [...providers.matchAll(/^\s*(\w+)\s*=\s*\{[^}]*?version\s*=\s*("[^"]*")/gm)]
    .filter(([, , version = ""]) => !isBounded(version))
    .map(([, name = "", version = ""]) => `provider ${name} is not bounded: ${version}`);
  return [...least, ...loose];
}

function described({ type, labels: [name = ""], body }: HclBlock): readonly string[] {
  if (type !== "variable" && type !== "output") return [];
  const missing = ["description", ...(type === "variable" ? ["type"] : [])].filter(
    (part) => (attribute(body, part) ?? '""') === '""',
  );
  return missing.map((part) => `${type} ${name} has no ${part}`);
}

/** Finds what breaks the rules of a folder's configuration; each finding is a sentence with its file. */
export function breaches(folder: string, root: string): readonly string[] {
  const all = folderBlocks(folder);
  const text = references(folder);
  const locals = all
    .filter(({ type }) => type === "locals")
    .flatMap(({ body }) =>
      [...blankText(body).matchAll(/^ {2}(\w+)\s*=/gm)].map(([, name = ""]) => ({ name, kind: "local" })),
    );
  const variables = all
    .filter(({ type }) => type === "variable")
    .map(({ labels: [name = ""] }) => ({ name, kind: "var" }));
  const unused = [...variables, ...locals]
    .filter(({ name, kind }) => {
      // A variable's own validations use it only where they weigh it against something else.
      const own = kind === "var" ? ownBlock(text, name) : "";
      if (new RegExp(`\\b(local\\.\\w|var\\.(?!${name}\\b))`).test(own)) return false;
      const outside = text.replace(own, "");
      return !new RegExp(`\\b${kind}\\.${name}\\b`).test(outside);
    })
    .map(({ name, kind }) => `${kind}.${name} is never used`);
  const each = all.flatMap((block) => {
    const name = block.labels.at(-1) ?? "";
    const naming = NAMED.has(block.type) && !SNAKE.test(name) ? [`${block.type} ${name} is not in snake_case`] : [];
    return [...described(block), ...pins(block), ...naming].map((what) => `${block.file}: ${what}`);
  });
  const where = relative(root, folder);
  return [...each, ...unused].map((what) => `${where}/${what}`);
}

function ownBlock(text: string, name: string): string {
  const head = `variable "${name}" {`;
  const start = text.indexOf(head);
  const block = blocks(text.slice(start))[0];
  return block === undefined ? head : `${head}${block.body}}`;
}
