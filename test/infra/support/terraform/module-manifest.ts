import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

interface Entry {
  readonly Key: string;
  readonly Source: string;
  readonly Version?: string;
  readonly Dir: string;
}

const CALL = /^module "(\w+)" \{\n(?:\s+#.*\n)*\s+source\s*= "([^"]+)"(?:\n\s+version\s*= "([^"]+)")?/gm;

/** The module calls of a folder's configuration. */
function moduleCalls(folder: string): readonly { name: string; source: string; version: string | undefined }[] {
  const text = readdirSync(folder)
    .filter((name) => name.endsWith(".tf"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  return [...text.matchAll(CALL)].map(([, name = "", source = "", version]) => ({ name, source, version }));
}

/**
 * Writes the list of installed modules that `terraform init` keeps, so that it finds the registry's modules in a folder
 * and asks no registry.
 * @param standIns folder with one folder per module of the registry, by its short name
 */
export function writeModuleManifest(root: string, standIns: string): void {
  const entries: Entry[] = [{ Key: "", Source: "", Dir: "." }];
  const walk = (folder: string, prefix: string): void => {
    for (const { name, source, version } of moduleCalls(folder)) {
      const key = prefix === "" ? name : `${prefix}.${name}`;
      const local = source.startsWith(".");
      const dir = local ? join(folder, source) : join(standIns, source.split("/")[1] ?? "");
      if (!existsSync(dir)) continue;
      const from = local ? { Source: source } : { Source: `registry.terraform.io/${source}`, Version: version ?? "" };
      entries.push({ Key: key, ...from, Dir: relative(root, dir) });
      walk(dir, key);
    }
  };
  walk(root, "");
  mkdirSync(join(root, ".terraform/modules"), { recursive: true });
  writeFileSync(join(root, ".terraform/modules/modules.json"), JSON.stringify({ Modules: entries }));
}
