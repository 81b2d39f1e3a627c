import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModuleManifest } from "./module-manifest.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const INFRA = here("../../../../infra");
const STAND_INS = here("../../registry-modules");

export interface Workspace {
  /** The root module, where terraform runs. */
  readonly root: string;
  readonly remove: () => void;
}

/**
 * A copy of `infra/` with one of its folders, or a root of the test's own, as the root module. State stays in the
 * folder unless the test says otherwise.
 * @param root folder below `infra/`, or `../NAME` beside it
 * @param options.files texts to write into the root, by name; a `…_override.tf` replaces what the root says
 */
export function createWorkspace(
  root: string,
  options: {
    readonly files?: Readonly<Record<string, string>>;
    readonly backend?: "local" | "own";
    /** Folders of `infra/` that are copied into the root too, by their path in it. */
    readonly copies?: Readonly<Record<string, string>>;
  } = {},
): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-infra-"));
  cpSync(INFRA, join(folder, "infra"), {
    recursive: true,
    filter: (path) => !/\.terraform|\.tfstate|\.tfvars/.test(path),
  });
  cpSync(STAND_INS, join(folder, "registry-modules"), { recursive: true });
  const path = join(folder, "infra", root);
  for (const [to, from] of Object.entries(options.copies ?? {})) {
    cpSync(join(folder, "infra", from), join(path, to), { recursive: true });
  }
  const local = options.backend === "own" ? {} : { "backend_override.tf": 'terraform {\n  backend "local" {}\n}\n' };
  for (const [name, text] of Object.entries({ ...local, ...options.files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  if (process.env["EVENKEEL_INFRA_MODULES"] !== "registry") {
    writeModuleManifest(path, join(folder, "registry-modules"));
  }
  return { root: path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
