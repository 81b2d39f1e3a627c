import { Argument, type Command, Option } from "commander";
import type { InfraOptions } from "./commands/infra/open-file.js";
import type { InitOptions } from "./commands/infra/init.js";
import type { Choose } from "./parse-argv.js";
import { collect, parseInteger } from "./parse-option.js";

type Flags<T> = Omit<T, "environment"> & InfraOptions;

const withFile = (command: Command): Command =>
  command.option("--file <file>", "the environment file", "evenkeel.infra.yaml");

const withEnvironment = (command: Command): Command =>
  withFile(command).addArgument(
    new Argument("[environment]", "its name in the file; with one only it may be left out"),
  );

const named = (environment: string | undefined): { readonly environment?: string } =>
  environment === undefined ? {} : { environment };

function defineInit(infra: Command, choose: Choose): void {
  withFile(infra.command("init"))
    .description("make a first environment file: by questions, or by flags with --yes")
    .option("--account <id>", "AWS account id, 12 digits")
    .option("--bucket <name>", "name of the state bucket (default: evenkeel-state-ACCOUNT)")
    .option("--region <region>", "AWS region (default: us-east-1)")
    .addOption(new Option("--environment <kind...>", "environments (default: both)").choices(["demo", "production"]))
    .option("--cidr <network>", "network that may reach the demo's Kubernetes API; may be given again", collect)
    .option("--admin <arn>", "IAM role that administers the clusters")
    .option("--instance-type <type>", "of the nodes (default: t3.medium)")
    .option("-y, --yes", "take defaults instead of asking", false)
    .option("--force", "replace a file that is there", false)
    .option("--modules", "only put the Terraform roots and modules into infra/", false)
    .action((options: InitOptions) =>
      choose("infra init", false, async (context) => (await import("./commands/infra/init.js")).run(context, options)),
    );
}

function defineFiles(infra: Command, choose: Choose): void {
  withFile(infra.command("render"))
    .description("write variables and backend settings of every Terraform root")
    .option("--check", "only look; exit code 3 when something is not up to date", false)
    .action((options: Flags<{ check: boolean }>) =>
      choose("infra render", false, async (context) =>
        (await import("./commands/infra/render.js")).run(context, options),
      ),
    );
  withFile(infra.command("bootstrap"))
    .description(
      "make the state bucket and its lock table, and move their own state in; prints the plan without --execute",
    )
    .option("--execute", "do it; run again after an interrupt, it goes on where it stopped", false)
    .action((options: Flags<{ execute: boolean }>) =>
      choose("infra bootstrap", true, async (context) =>
        (await import("./commands/infra/bootstrap.js")).run(context, options),
      ),
    );
  withFile(infra.command("doctor"))
    .description("versions, files, credentials, quotas; exit code 3 when something fails")
    .action((options: InfraOptions) =>
      choose("infra doctor", false, async (context) =>
        (await import("./commands/infra/doctor.js")).run(context, options),
      ),
    );
  withEnvironment(infra.command("cost"))
    .description("a month of each environment from dated list prices, other regions and choices beside it")
    .action((environment: string | undefined, options: InfraOptions) =>
      choose("infra cost", false, async (context) =>
        (await import("./commands/infra/cost.js")).run(context, { ...options, ...named(environment) }),
      ),
    );
}

function definePlan(infra: Command, choose: Choose): void {
  withEnvironment(infra.command("plan"))
    .description("plan an environment and keep the plan: what changes, and what goes down meanwhile")
    .action((environment: string | undefined, options: InfraOptions) =>
      choose("infra plan", true, async (context) =>
        (await import("./commands/infra/plan.js")).run(context, { ...options, ...named(environment) }),
      ),
    );
  withEnvironment(infra.command("policy"))
    .description("judge the kept plan by the rules; exit code 3 when one blocks")
    .option("--plan <file>", "judge this file instead: what terraform show -json printed")
    .option("--rules", "only list the rules", false)
    .action((environment: string | undefined, options: Flags<{ plan?: string; rules: boolean }>) =>
      choose("infra policy", false, async (context) =>
        (await import("./commands/infra/policy.js")).run(context, { ...options, ...named(environment) }),
      ),
    );
  withEnvironment(infra.command("apply"))
    .description(
      "apply the kept plan, and nothing else; the policy is asked first; says what it would do without --execute",
    )
    .option("--execute", "do it", false)
    .action((environment: string | undefined, options: Flags<{ execute: boolean }>) =>
      choose("infra apply", true, async (context) =>
        (await import("./commands/infra/apply.js")).run(context, { ...options, ...named(environment) }),
      ),
    );
}

function defineState(infra: Command, choose: Choose): void {
  withEnvironment(infra.command("unlock"))
    .description("who holds the lock of a state, and since when; releases it only when its id is given")
    .option("--lock <id>", "release this lock; its id as it was shown")
    .action((environment: string | undefined, options: Flags<{ lock?: string }>) =>
      choose("infra unlock", false, async (context) =>
        (await import("./commands/infra/unlock.js")).run(context, { ...options, ...named(environment) }),
      ),
    );
  const state = infra.command("state").description("old versions of a state");
  withEnvironment(state.command("versions"))
    .description("list the kept versions, newest first")
    .option("--limit <n>", "how many at most", parseInteger(1, 1000), 20)
    .action((environment: string | undefined, options: Flags<{ limit: number }>) =>
      choose("infra state versions", false, async (context) =>
        (await import("./commands/infra/state.js")).versions(context, { ...options, ...named(environment) }),
      ),
    );
  withFile(state.command("restore"))
    .description("bring one back as the newest; says what that means without --execute")
    .argument("<version>", "see evenkeel infra state versions")
    .argument("[environment]", "its name in the file; with one only it may be left out")
    .option("--execute", "do it", false)
    .action((version: string, environment: string | undefined, options: Flags<{ execute: boolean }>) =>
      choose("infra state restore", true, async (context) =>
        (await import("./commands/infra/state.js")).restore(context, { ...options, version, ...named(environment) }),
      ),
    );
}

/** Commands about the ground: the Terraform modules, their state, what they cost, and what must not happen to them. */
export function defineInfra(program: Command, choose: Choose): void {
  const infra = program.command("infra").description("the ground on AWS: environments, state, policy, cost");
  defineInit(infra, choose);
  defineFiles(infra, choose);
  definePlan(infra, choose);
  defineState(infra, choose);
}
