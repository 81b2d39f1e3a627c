import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments, stringify } from "yaml";
import { helm4 } from "../../support/helm.js";

export const CHART = "redis-cluster";

/** A Kubernetes object as the chart makes it; tests look into what they are about. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Manifest = Record<string, any> & {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
};

export type ChartValues = Readonly<Record<string, unknown>>;

export interface RenderOptions {
  /** Values files of the chart, before the values. */
  readonly files?: readonly string[];
  /** Path of the program. @default Helm 4 */
  readonly helm?: string;
  /** @default "1.34.0" */
  readonly kubeVersion?: string;
  readonly release?: string;
}

/** Helm reads YAML 1.1, where `yes` is no text. */
const YAML_OF_HELM = { version: "1.1" } as const;

async function withValues<T>(values: ChartValues, work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-chart-"));
  try {
    const file = join(folder, "values.yaml");
    writeFileSync(file, stringify(values, YAML_OF_HELM));
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `helm template` says: the text, or on failure what Helm complains about. */
export function template(values: ChartValues, options: RenderOptions = {}): Promise<{ ok: boolean; text: string }> {
  const { files = [], kubeVersion = "1.34.0", release = "shop" } = options;
  return withValues(values, async (file) => {
    const helm = options.helm ?? (await helm4());
    const named = [...files.map((name) => `${CHART}/${name}`), file].flatMap((name) => ["--values", name]);
    const { exitCode, stdout, stderr } = await execa(
      helm,
      ["template", release, CHART, "--namespace", "apps", "--kube-version", kubeVersion, ...named],
      { reject: false },
    );
    return { ok: exitCode === 0, text: exitCode === 0 ? stdout : stderr };
  });
}

/** The agent's program is long and no test reads it; a failing one should not print it. */
function withoutBundle(manifest: Manifest): Manifest {
  const { data } = manifest;
  if (manifest.kind !== "ConfigMap" || typeof data?.["agent.mjs"] !== "string") return manifest;
  return { ...manifest, data: { ...data, "agent.mjs": `${data["agent.mjs"].length} characters` } };
}

/** Every object that the chart makes of these values. */
export async function render(values: ChartValues = {}, options: RenderOptions = {}): Promise<readonly Manifest[]> {
  const { ok, text } = await template(values, options);
  if (!ok) throw new Error(text);
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = "errors" in document ? document.errors : [];
    if (error !== undefined) throw error;
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [withoutBundle(object)];
  });
}

/** The objects of one kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The one object of a kind, or of a kind and a name. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = ofKind(manifests, kind).filter((manifest) => name === undefined || manifest.metadata.name === name);
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new Error(`${found.length} of kind ${kind}: ${found.map(({ metadata }) => metadata.name).join(", ")}`);
  return one;
}

/** `helm lint --strict`. */
export function lint(helm: string, values: ChartValues, files: readonly string[] = []): Promise<string> {
  return withValues(values, async (file) => {
    const named = [...files.map((name) => `${CHART}/${name}`), file].flatMap((name) => ["--values", name]);
    const { exitCode, stdout, stderr } = await execa(helm, ["lint", "--strict", CHART, ...named], { reject: false });
    return exitCode === 0 ? "" : `${stdout}\n${stderr}`;
  });
}
