import { existsSync } from "node:fs";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { explainFailure } from "./explain-failure.js";
import { findTerraform, type TerraformProgram } from "./find-terraform.js";
import { runTerraform, type TerraformResult } from "./run-terraform.js";
import type { UiMessage } from "./ui-message.js";

/** One Terraform root, ready to be worked on. */
export interface Root {
  /** Environment, or `bootstrap`. */
  readonly id: string;
  readonly folder: string;
  readonly program: TerraformProgram;
  /**
   * Runs a command in the root; its messages become progress.
   * @throws EvenkeelError what went wrong, with the next command
   */
  run(args: readonly string[], options?: RootRunOptions): Promise<TerraformResult>;
}

export interface RootRunOptions {
  /** Exit codes that are no failure. @default [0] */
  readonly accept?: readonly number[];
}

export interface OpenRootOptions {
  readonly id: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onMessage: (message: UiMessage) => void;
}

/**
 * Opens a root.
 * @throws EvenkeelError `INFRA_ROOT_MISSING`, `TERRAFORM_MISSING`
 */
export async function openRoot({ id, folder, env, signal, onMessage }: OpenRootOptions): Promise<Root> {
  if (!existsSync(folder))
    throw new EvenkeelError(`there is no Terraform root ${folder} for ${id}`, {
      code: "INFRA_ROOT_MISSING",
      owner: "user",
      hint: "evenkeel infra init --modules puts the roots and modules beside the environment file",
      details: { environment: id, folder },
    });
  const program = await findTerraform(env);
  return {
    id,
    folder,
    program,
    run: async (args, { accept = [0] } = {}) => {
      const json = args.includes("-json") && args[0] !== "show";
      const result = await runTerraform(program, { args, cwd: folder, env, signal, ...(json ? { onMessage } : {}) });
      if (accept.includes(result.exitCode)) return result;
      const { diagnostics, rest } = result;
      throw explainFailure({ command: args[0] ?? "", id, diagnostics, rest });
    },
  };
}

/**
 * Sets the root up with its backend.
 * @param backendFile name of the file with the backend's settings, in the root
 */
export async function initRoot(root: Root, backendFile: string): Promise<void> {
  await root.run(["init", "-json", "-input=false", `-backend-config=${backendFile}`]);
}
