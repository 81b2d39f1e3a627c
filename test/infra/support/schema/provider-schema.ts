import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { cachedFolder } from "../cache.js";
import { readTar } from "../read-tar.js";
import { buildBlock } from "./build-block.js";
import { parseBinding } from "./parse-binding.js";
import type { BlockSchema, ProviderSchema } from "./schema.js";

interface Source {
  readonly package: string;
  readonly version: string;
  readonly integrity: string;
  readonly nested: "blocks" | "attributes";
}

/** Published bindings, generated from the real provider's own schema: the version of the provider is in the comment. */
const SOURCES = {
  // hashicorp/aws 6.66.0
  aws: {
    package: "@cdktn/provider-aws",
    version: "25.7.0",
    integrity: "sha512-E/nhu0yVZE4mXMgIPuI8tEFt1BExLkA7ARjihdG+/HmfDfzLr+OEF3dkFRvI6glRt30lrrBWQLwXqCJBxcmyUg==",
    nested: "blocks",
  },
  // hashicorp/kubernetes 2.38.0
  kubernetes: {
    package: "@cdktf/provider-kubernetes",
    version: "12.1.1",
    integrity: "sha512-faZ/zydCsDBYwXqq3douhxSf8KFJfTUixYDr5hg0uCA8FExRK3+w27JUrt6gAVHFBuOVsKthObdqtTmP3PzQSQ==",
    nested: "blocks",
  },
  // hashicorp/helm 3.0
  helm: {
    package: "@cdktf/provider-helm",
    version: "12.1.2",
    integrity: "sha512-QFLfD6e5djSiuw5o63JTaVjLTzUrcXW4rT6zdcvIHfjrqcUJT+Yc8cfhLTVVr5p+fRYrB90b6j8YogBEsLj+5A==",
    nested: "attributes",
  },
} as const satisfies Record<string, Source>;

export type ProviderName = keyof typeof SOURCES;
export const PROVIDER_NAMES = Object.keys(SOURCES) as readonly ProviderName[];

const SCHEMA_FORMAT = "5";

/**
 * The schema of a provider: every resource and data source, as published for its real version. Fetched and taken apart
 * the first time (the AWS provider: 46 MB, a few seconds), then read from the per-user cache.
 */
export async function providerSchema(name: ProviderName): Promise<ProviderSchema> {
  const source = SOURCES[name];
  const folder = await cachedFolder(`schema-${name}`, [source.integrity, SCHEMA_FORMAT], async (draft) => {
    const archive = await fetchPackage(source, draft);
    writeFileSync(join(draft, "schema.json"), JSON.stringify(buildSchema(archive, source.nested)));
  });
  return JSON.parse(readFileSync(join(folder, "schema.json"), "utf8")) as ProviderSchema;
}

async function fetchPackage(source: Source, folder: string): Promise<Buffer> {
  const into = join(folder, "package");
  mkdirSync(into);
  await execa("npm", ["pack", `${source.package}@${source.version}`, "--silent", "--pack-destination", into]);
  const archive = readFileSync(join(into, readdirSync(into)[0] ?? ""));
  rmSync(into, { recursive: true });
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  if (integrity !== source.integrity) {
    throw new Error(`${source.package}@${source.version} is not the package that was pinned: ${integrity}`);
  }
  return archive;
}

/** Builds the schema from the archive of the bindings, one module of generated code per resource. */
function buildSchema(archive: Buffer, nested: "blocks" | "attributes"): ProviderSchema {
  const resources: Record<string, BlockSchema> = {};
  const dataSources: Record<string, BlockSchema> = {};
  let provider: BlockSchema = { attributes: {}, blocks: {} };
  for (const { body } of readTar(archive, (path) => /^package\/lib\/[^/]+\/index\.js$/.test(path))) {
    const binding = parseBinding(body);
    for (const entry of binding.classes.values()) {
      if (!/^Terraform(Resource|DataSource|Provider)$/.test(entry.base)) continue;
      const block = buildBlock(binding, entry, nested);
      if (entry.base === "TerraformProvider") provider = withoutAlias(block);
      else if (entry.terraformType !== undefined) {
        (entry.base === "TerraformResource" ? resources : dataSources)[entry.terraformType] = block;
      }
    }
  }
  return { provider, resources, dataSources };
}

/** `alias` belongs to terraform's language, not to the provider. */
function withoutAlias(block: BlockSchema): BlockSchema {
  const { alias: _, ...attributes } = block.attributes;
  return { ...block, attributes };
}
