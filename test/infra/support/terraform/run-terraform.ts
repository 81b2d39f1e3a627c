import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { serveProviders } from "../provider/serve-providers.js";
import { fileURLToPath } from "node:url";
import { findTerraform } from "./find-terraform.js";
import { INFRA } from "./workspace.js";

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

const launch = (program: string, args: readonly string[], { cwd, env }: { readonly cwd: string; env: Environment }) =>
  execa(program, [...args], { cwd, env, extendEnv: false, reject: false, stdin: "ignore" });

export interface Terraform {
  /** Starts terraform in a folder; its end tells the exit code, whatever that is. */
  readonly start: (root: string, args: readonly string[], env?: Environment) => ReturnType<typeof launch>;
  /** Runs terraform in a folder and waits; a failure is an exit code, not an exception. */
  readonly run: (root: string, args: readonly string[], env?: Environment) => Promise<Finished>;
  /** Runs terraform and throws what it printed when it does not succeed. */
  readonly must: (root: string, args: readonly string[], env?: Environment) => Promise<string>;
  readonly environment: Readonly<Record<string, string>>;
  readonly program: string;
  readonly close: () => void;
}

/** Nothing of the machine's own terraform set-up, nor of anybody's AWS account, reaches the tests. */
function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !/^(TF_|AWS_)/.test(entry[0]),
    ),
  );
}

/** Types of resources and data sources that our configurations and the stand-ins name. */
function typesInUse(): ReadonlySet<string> {
  const standIns = fileURLToPath(new URL("../../registry-modules", import.meta.url));
  const types = new Set<string>();
  for (const folder of [INFRA, standIns]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(tf|md)$/.test(entry.name)) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
      for (const [, type = ""] of text.matchAll(/^(?:resource|data) "(\w+)"/gm)) types.add(type);
    }
  }
  return types;
}

/**
 * The terraform on PATH with the offline providers behind it; one for a test file.
 * @param options.also types that a test's own configuration names
 */
export async function startTerraform(options: { readonly also?: readonly string[] } = {}): Promise<Terraform> {
  const program = await findTerraform();
  const providers = await serveProviders(new Set([...typesInUse(), ...(options.also ?? [])]));
  const environment = {
    ...cleanEnvironment(),
    ...providers.environment,
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
  };
  const start: Terraform["start"] = (root, args, env = {}) =>
    launch(program, args, { cwd: root, env: { ...environment, ...env } });
  const run: Terraform["run"] = async (root, args, env) => {
    const result = await start(root, args, env);
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  };
  return {
    start,
    run,
    program,
    environment,
    must: async (root, args, env) => {
      const { exitCode, stdout, stderr } = await run(root, args, env);
      if (exitCode !== 0) throw new Error(`terraform ${args.join(" ")} ended with ${exitCode}\n${stdout}\n${stderr}`);
      return stdout;
    },
    close: providers.close,
  };
}
