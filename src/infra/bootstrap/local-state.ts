import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StateFile } from "../state/state-file.js";

const LOCAL = "terraform.tfstate";
const BACKEND = "backend.tf";

const BACKEND_TEXT = `# Made by evenkeel infra bootstrap once the bucket existed; the settings are in bootstrap.s3.tfbackend.
terraform {
  backend "s3" {}
}
`;

interface StateResources {
  readonly resources?: readonly {
    readonly type: string;
    readonly instances: readonly { readonly attributes?: { readonly bucket?: string } }[];
  }[];
}

/** What the folder of the bootstrap root holds. */
export interface LocalState {
  readonly hasResources: boolean;
  readonly buckets: readonly string[];
}

/** Reads the local state of a root, if there is one. Terraform leaves an empty file after it has moved it. */
export function readLocalState(folder: string): LocalState {
  const file = join(folder, LOCAL);
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  const { resources = [] } = text === "" ? {} : (JSON.parse(text) as Partial<StateFile> & StateResources);
  const buckets = (resources as NonNullable<StateResources["resources"]>)
    .filter(({ type }) => type === "aws_s3_bucket")
    .flatMap(({ instances }) => instances.flatMap(({ attributes }) => attributes?.bucket ?? []));
  return { hasResources: resources.length > 0, buckets };
}

/** Puts the root on the bucket: its next `terraform init` moves the state there. */
export function writeBackend(folder: string): void {
  writeFileSync(join(folder, BACKEND), BACKEND_TEXT);
}

/** Puts the root back on its local state: the bucket that its backend names is not there yet. */
export function removeBackend(folder: string): void {
  rmSync(join(folder, BACKEND), { force: true });
  // What Terraform remembers of the backend it was set up with.
  rmSync(join(folder, ".terraform", LOCAL), { force: true });
}

/** Takes away what is left of a local state once the bucket holds it. */
export function removeLocalState(folder: string): void {
  for (const name of [LOCAL, `${LOCAL}.backup`]) rmSync(join(folder, name), { force: true });
}
