import { join } from "node:path";
import { BOOTSTRAP_STATE_KEY, resolveAll, stateKey } from "../environment/resolve-environment.js";
import type { InfraFile } from "../environment/schema.js";
import { backendFile } from "./backend-file.js";
import { bootstrapTfvars, environmentTfvars, type Tfvars } from "./tfvars.js";

/** One file that is made from the environment file. */
export interface RenderedFile {
  /** Relative to the environment file's folder. */
  readonly path: string;
  readonly text: string;
}

const toJson = (tfvars: Tfvars): string => `${JSON.stringify(tfvars, null, 2)}\n`;

/** Name of the variables' file: Terraform reads it by itself, also when a person runs it by hand. */
export const TFVARS_FILE = "terraform.tfvars.json";

/** Name of a backend's file. */
export const backendFileName = (id: string): string => `${id}.s3.tfbackend`;

/** Everything that follows from an environment file: variables and backend settings of every root. */
export function renderFiles(file: InfraFile): readonly RenderedFile[] {
  const bootstrap = [
    { path: join(file.state.root, TFVARS_FILE), text: toJson(bootstrapTfvars(file)) },
    { path: join(file.state.root, backendFileName("bootstrap")), text: backendFile(file, BOOTSTRAP_STATE_KEY) },
  ];
  const environments = resolveAll(file).flatMap((environment) => [
    { path: join(environment.root, TFVARS_FILE), text: toJson(environmentTfvars(environment)) },
    {
      path: join(environment.root, backendFileName(environment.id)),
      text: backendFile(file, stateKey(environment)),
    },
  ]);
  return [...bootstrap, ...environments];
}
