import type { Command } from "commander";
import type { Choose } from "./parse-argv.js";
import { parseName } from "./parse-option.js";

/** Commands about the Helm chart. */
export function defineChart(program: Command, choose: Choose): void {
  const chart = program.command("chart").description("help with the Helm chart redis-cluster");
  chart
    .command("convert")
    .description("turn a values file of Bitnami's redis-cluster or valkey-cluster chart into one of this chart")
    .argument("<file>", "the values file; - for stdin")
    .option(
      "--from-release <name>",
      "release that the file belongs to: its Secret is named after it",
      parseName,
      "redis",
    )
    .action((file: string, { fromRelease: release }: { fromRelease: string }) =>
      choose("chart convert", false, async (context) =>
        (await import("./commands/chart.js")).convert(context, { file, release }),
      ),
    );
}
