import type { Command } from "commander";
import type { AddReplicaOptions } from "./commands/add-replica.js";
import type { PruneOptions } from "./commands/prune.js";
import type { RemoveReplicaOptions } from "./commands/remove-replica.js";
import type { RestoreCommandOptions } from "./commands/restore.js";
import type { Choose } from "./parse-argv.js";

/** Commands about what is kept aside: snapshots, and data that nobody uses any more. */
export function defineSnapshots(program: Command, choose: Choose): void {
  program
    .command("snapshots")
    .description("list the snapshots of the cluster, oldest first")
    .action(() =>
      choose("snapshots", false, async (context) => (await import("./commands/snapshots.js")).run(context)),
    );
  program
    .command("restore")
    .description("bring a set of snapshots into an empty cluster; says what it would do without --execute")
    .argument("<set>", "its name, see evenkeel snapshots, or a folder")
    .option("--from <cluster>", "cluster that the set was taken of (default: the same)")
    .option("--execute", "do it", false)
    .action((set: string, options: Omit<RestoreCommandOptions, "set">) =>
      choose("restore", true, async (context) =>
        (await import("./commands/restore.js")).run(context, { ...options, set }),
      ),
    );
  program
    .command("prune")
    .description("list data that was moved aside; with --execute remove it")
    .option("--execute", "remove it", false)
    .action((options: PruneOptions) =>
      choose("prune", false, async (context) => (await import("./commands/prune.js")).run(context, options)),
    );
}

/** Commands that change how many pods the cluster has. */
export function defineReplicas(program: Command, choose: Choose): void {
  program
    .command("add-replica")
    .description("start one more replica of a primary")
    .argument("<primary>", "pod that owns the slots, see evenkeel status")
    .action((primary: AddReplicaOptions["primary"]) =>
      choose("add-replica", true, async (context) =>
        (await import("./commands/add-replica.js")).run(context, { primary }),
      ),
    );
  program
    .command("remove-replica")
    .description("stop a replica for good; its data is moved aside; says what it would do without --execute")
    .argument("<pod>", "its name, see evenkeel status")
    .option("--execute", "do it", false)
    .action((pod: string, options: Omit<RemoveReplicaOptions, "pod">) =>
      choose("remove-replica", true, async (context) =>
        (await import("./commands/remove-replica.js")).run(context, { ...options, pod }),
      ),
    );
}
