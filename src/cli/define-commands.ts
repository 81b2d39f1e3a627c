import { Argument, type Command, Option } from "commander";
import type { CheckOptions } from "./commands/check.js";
import type { DemoOptions } from "./commands/demo.js";
import type { DownOptions } from "./commands/down.js";
import type { LoadOptions } from "./commands/load.js";
import type { PlaceOptions } from "./commands/place.js";
import type { PodOptions } from "./commands/pod.js";
import type { StatusOptions } from "./commands/status.js";
import type { UpOptions } from "./commands/up.js";
import type { RollbackOptions } from "./commands/rollback.js";
import type { UpgradeOptions } from "./commands/upgrade.js";
import { defineChart } from "./define-chart-commands.js";
import { defineReplicas, defineSnapshots } from "./define-data-commands.js";
import { defineInfra } from "./define-infra-commands.js";
import { defineKubernetes } from "./define-kubernetes-commands.js";
import type { Choose } from "./parse-argv.js";
import { collect, parseDuration, parseInteger } from "./parse-option.js";

/*
 * Names, flags and help of every command. What a command does is loaded only when it is run: `--help` and `--version`
 * must not pay for it.
 */

function defineUp(program: Command, choose: Choose): void {
  program
    .command("up")
    .description("start a local cluster: formed, healthy, every pod ready")
    .option("--engine <engine>", "what to run, e.g. redis@7.0, redis@8.0.6, valkey@9 (default: redis@7.0)")
    .option("--shards <n>", "primaries (default: 3)", parseInteger(1, 100))
    .option("--replicas <n>", "replicas of each (default: 1)", parseInteger(0, 99))
    .option("--nodes <n>", "pods in all, instead of --shards", parseInteger(1, 1000))
    .addOption(
      new Option("--addresses <mode>", "an address for life, or a new one at each pod start (default: stable)").choices(
        ["stable", "pod"],
      ),
    )
    .option("--hosts <n>", "spread the pods over so many host labels", parseInteger(1, 1000))
    .option("--zones <n>", "spread the hosts over so many zone labels", parseInteger(1, 100))
    .option("--subnet <subnet>", "first three numbers of the pods' addresses, e.g. 127.20.1")
    .option("--password-file <file>", "the default user's password, one line")
    .option("--config <line>", "a further line of the server's configuration; may be given again", collect)
    .action((options: UpOptions) =>
      choose("up", true, async (context) => (await import("./commands/up.js")).run(context, options)),
    );
}

function defineDown(program: Command, choose: Choose): void {
  program
    .command("down")
    .description("stop the local cluster; its data stays")
    .option("--purge", "remove its data too")
    .action(({ purge = false }: Partial<DownOptions>) =>
      choose("down", true, async (context) => (await import("./commands/down.js")).run(context, { purge })),
    );
}

function defineStatus(program: Command, choose: Choose): void {
  program
    .command("status")
    .description("shards, roles, versions, slots and lag on one screen")
    .option("--watch", "draw it again every second until Ctrl-C")
    .action(({ watch = false }: Partial<StatusOptions>) =>
      choose("status", false, async (context) => (await import("./commands/status.js")).run(context, { watch })),
    );
}

function defineCheck(program: Command, choose: Choose): void {
  program
    .command("check")
    .description("every health check with its evidence; exit code 3 when one blocks")
    .addArgument(new Argument("<when>", "before a change or after it").choices(["pre", "post"]))
    .action((when: CheckOptions["when"]) =>
      choose("check", false, async (context) => (await import("./commands/check.js")).run(context, { when })),
    );
}

function defineLoad(program: Command, choose: Choose): void {
  program
    .command("load")
    .description("put real clients on the cluster, read everything back, report")
    .option("--rate <n>", "commands a second, all clients together", parseInteger(1, 100_000), 200)
    .addOption(new Option("--for <duration>", "how long").argParser(parseDuration).default(10_000, "10s"))
    .addOption(
      new Option("--client <client...>", "client libraries (default: all)").choices([
        "ioredis",
        "node-redis",
        "iovalkey",
      ]),
    )
    .action((options: { rate: number; for: number; client?: LoadOptions["clients"] }) => {
      const { rate, for: forMs, client: clients } = options;
      const loadOptions: LoadOptions = { rate, forMs, ...(clients === undefined ? {} : { clients }) };
      choose("load", true, async (context) => (await import("./commands/load.js")).run(context, loadOptions));
    });
}

function definePod(program: Command, choose: Choose): void {
  program
    .command("pod")
    .description("stop, start or restart one pod of the local cluster, as a platform does it")
    .addArgument(new Argument("<action>", "what to do").choices(["restart", "stop", "start"]))
    .argument("<pod>", "its name, see evenkeel status")
    .action((action: PodOptions["action"], pod: string) =>
      choose("pod", true, async (context) => (await import("./commands/pod.js")).run(context, { action, pod })),
    );
}

const witnessFlags = (command: Command): Command =>
  command
    .option("--policy <file>", "limits, soaks and deadlines (JSON); see docs/policy.md")
    .option("--rate <n>", "commands a second of the clients that watch", parseInteger(1, 100_000), 200)
    .addOption(
      new Option("--witness <mode>", "who judges meanwhile: real clients of ours, a measurement of yours, nobody")
        .choices(["on", "external", "off"])
        .default("on"),
    )
    .option("--witness-config <file>", "with --witness external: where it is found");

function defineUpgrade(program: Command, choose: Choose): void {
  const targetFlags = (command: Command): Command =>
    command
      .requiredOption("--to <engine>", "e.g. redis@8.0, valkey@9")
      .option("--surge", "one more replica of each shard during the roll", false)
      .option(
        "--image <image>",
        "image of the target on Kubernetes (default: the present one's repository, with the target's tag)",
      )
      .option("--accept-unknown-pair", "go on although this pair of versions was never measured", false);
  witnessFlags(
    targetFlags(program.command("plan").description("what an upgrade would do, step by step; changes nothing")),
  ).action((given: Omit<UpgradeOptions, "execute">) =>
    choose("plan", false, async (context) =>
      (await import("./commands/upgrade.js")).printPlan(context, { ...given, execute: false }),
    ),
  );
  witnessFlags(
    targetFlags(
      program
        .command("upgrade")
        .description(
          "bring every pod to another engine or version while clients go on; prints the plan without --execute",
        ),
    ),
  )
    .option("--execute", "do it; run again after an interrupt, it goes on where it stopped", false)
    .action((options: UpgradeOptions) =>
      choose("upgrade", true, async (context) => (await import("./commands/upgrade.js")).run(context, options)),
    );
}

function defineRollback(program: Command, choose: Choose): void {
  witnessFlags(
    program
      .command("rollback")
      .description("take the present upgrade back, from whatever step it is in; prints the plan without --execute"),
  )
    .option("--execute", "do it", false)
    .option("--accept-data-loss", "also where only the snapshot from before the upgrade is left", false)
    .action((options: RollbackOptions) =>
      choose("rollback", true, async (context) => (await import("./commands/rollback.js")).run(context, options)),
    );
  program
    .command("brake")
    .description("hold a running upgrade before its next step")
    .argument("[reason]", "why, for those who ask", "asked for")
    .action((reason: string) =>
      choose("brake", false, async (context) => (await import("./commands/brake.js")).brake(context, { reason })),
    );
  program
    .command("release")
    .description("let a braked upgrade go on")
    .action(() => choose("release", false, async (context) => (await import("./commands/brake.js")).release(context)));
}

function definePlace(program: Command, choose: Choose): void {
  program
    .command("place")
    .description(
      "hand primaries over until no host and no zone holds a majority of them; says what it would do without --execute",
    )
    .option("--policy <file>", "deadlines and severities (JSON); see docs/policy.md")
    .option("--execute", "do it; run again after an interrupt, it goes on where it stopped", false)
    .action((options: PlaceOptions) =>
      choose("place", true, async (context) => (await import("./commands/place.js")).run(context, options)),
    );
}

function defineDemo(program: Command, choose: Choose): void {
  program
    .command("demo")
    .description("the main job in one go: up, load, upgrade under load, report, down")
    .option("--from <engine>", "engine before", "redis@7.0")
    .option("--to <engine>", "engine after", "redis@8.0")
    .option("--rate <n>", "commands a second, all clients together", parseInteger(1, 100_000), 2000)
    .option("--keep", "leave the cluster running")
    .action((given: Omit<DemoOptions, "keep"> & { keep?: boolean }) => {
      const options: DemoOptions = { ...given, keep: given.keep ?? false };
      choose("demo", true, async (context) => (await import("./commands/demo.js")).run(context, options));
    });
}

/** Adds every command to the program; `choose` is told which one was asked for. */
export function defineCommands(program: Command, choose: Choose): void {
  defineUp(program, choose);
  defineDown(program, choose);
  defineStatus(program, choose);
  defineCheck(program, choose);
  defineUpgrade(program, choose);
  defineRollback(program, choose);
  definePlace(program, choose);
  defineLoad(program, choose);
  defineDemo(program, choose);
  definePod(program, choose);
  defineReplicas(program, choose);
  defineSnapshots(program, choose);
  defineKubernetes(program, choose);
  defineChart(program, choose);
  defineInfra(program, choose);
}
