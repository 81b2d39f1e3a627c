import type { Invocation } from "./parse-argv.js";

const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/u;

/**
 * Reads `check pre` and `check post` in their plainest form, as scripts write it before and after every change, without the
 * parser of command lines: loading that one takes as long as the check itself.
 * @returns undefined for anything else, also for what is wrong: the real parser knows how to say so
 */
export function parseCheck(argv: readonly string[]): Invocation | undefined {
  const [command, when, ...flags] = argv;
  if (command !== "check" || (when !== "pre" && when !== "post")) return undefined;
  let [name, output]: [string, "text" | "json"] = ["default", "text"];
  for (let at = 0; at < flags.length; at += 2) {
    const [flag, value = ""] = [flags[at], flags[at + 1]];
    if (flag === "--name" && NAME.test(value)) name = value;
    else if (flag === "--output" && (value === "text" || value === "json")) output = value;
    else return undefined;
  }
  return {
    kind: "command",
    command,
    live: false,
    options: { output, name, platform: "local", kubernetes: {}, color: true, quiet: false, host: "auto" },
    run: async (context) => (await import("./commands/check.js")).run(context, { when }),
  };
}
