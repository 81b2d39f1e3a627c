import { stringify } from "yaml";
import { EXIT, type ExitCode } from "../../errors/evenkeel-error.js";
import { rbacManifest } from "../../platforms/kubernetes/rbac/rbac-manifest.js";
import type { CommandContext } from "../context.js";

export interface RbacCommandOptions {
  /** Name of the ServiceAccount. */
  readonly account: string;
}

/** Prints the manifest of the rights that this command line needs; asks no Kubernetes. */
export async function run(context: CommandContext, { account }: RbacCommandOptions): Promise<ExitCode> {
  const { namespace = "default", release = "redis-cluster" } = context.kubernetes;
  const objects = rbacManifest({ namespace, release, account });
  const text = objects
    .map((object) => stringify(object, { lineWidth: 120, aliasDuplicateObjects: false }))
    .join("---\n");
  context.printResult(text, { apiVersion: "v1", kind: "List", items: objects });
  return EXIT.done;
}
