import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { helm3, helm4, kubectl } from "../../support/helm.js";
import { kubeEnv } from "../../kubernetes/support/kube.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const LEFT_OUT = new Set([".git", ".evenkeel", "coverage", "node_modules"]);

/** A checkout as a runner has it, with a machine's programs beside it. */
export interface Checkout {
  readonly folder: string;
  /** PATH, HOME, and where the Kubernetes is. */
  env(helm: 3 | 4): Promise<Readonly<Record<string, string>>>;
  remove(): void;
}

/** The one program of a runner that has nothing to talk to here: it takes its orders and leaves the kubeconfig as it is. */
const AWS = `#!/bin/sh
case "$*" in
  "eks update-kubeconfig --name test --region us-east-1") echo "Updated context test" ;;
  *) echo "aws: unexpected: $*" >&2; exit 254 ;;
esac
`;

/** Links what is installed already, marked as installed for these very files, so that \`npm run setup\` only builds. */
function linkDependencies(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (name !== ".evenkeel-setup") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  const hash = createHash("sha256");
  for (const path of ["package.json", "package-lock.json"]) hash.update(path).update(readFileSync(join(folder, path)));
  writeFileSync(join(modules, ".evenkeel-setup"), hash.digest("hex"));
}

/** Copies the working tree. */
export function copyCheckout(): Checkout {
  const home = mkdtempSync(join(tmpdir(), "evenkeel-checkout-"));
  const folder = join(home, "work");
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(path.slice(ROOT.length).split("/")[0] ?? ""),
  });
  linkDependencies(folder);
  return {
    folder,
    remove: () => rmSync(home, { recursive: true, force: true }),
    env: async (version) => {
      const programs = join(home, `helm-${version}`);
      mkdirSync(programs, { recursive: true });
      const links = { helm: version === 3 ? await helm3() : await helm4(), kubectl: await kubectl() };
      for (const [name, path] of Object.entries(links)) {
        rmSync(join(programs, name), { force: true });
        symlinkSync(path, join(programs, name));
      }
      writeFileSync(join(programs, "aws"), AWS);
      chmodSync(join(programs, "aws"), 0o755);
      const node = dirname(process.execPath);
      return { PATH: `${programs}:${node}:/usr/local/bin:/usr/bin:/bin`, HOME: home, ...(await kubeEnv()) };
    },
  };
}
