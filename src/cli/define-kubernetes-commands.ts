import type { Command } from "commander";
import type { RbacCommandOptions } from "./commands/rbac.js";
import type { Choose } from "./parse-argv.js";

/** Commands that only make sense on Kubernetes. */
export function defineKubernetes(program: Command, choose: Choose): void {
  program
    .command("rbac")
    .description("print the least rights that an account needs on a release: evenkeel rbac | kubectl apply -f -")
    .option("--account <name>", "its ServiceAccount", "evenkeel")
    .action((options: RbacCommandOptions) =>
      choose("rbac", false, async (context) => (await import("./commands/rbac.js")).run(context, options)),
    );
}
