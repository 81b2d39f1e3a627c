import { Command, CommanderError, Option } from "commander";
import type { GlobalOptions, RunCommand } from "./context.js";
import { defineCommands } from "./define-commands.js";
import { parseName } from "./parse-option.js";
import { toUsageError } from "./usage-error.js";
import { EvenkeelError } from "../errors/evenkeel-error.js";

/** What was asked for: a command with its options, or only a text that was printed already (help, version). */
export type Invocation =
  | { readonly kind: "printed" }
  | {
      readonly kind: "command";
      readonly command: string;
      /** The command has something to show while it works; of the others only warnings are seen on stderr. */
      readonly live: boolean;
      readonly options: GlobalOptions;
      readonly run: RunCommand;
    };

export interface ParseOptions {
  readonly version: string;
  readonly writeOut: (text: string) => void;
  readonly columns: number;
}

export type Choose = (command: string, live: boolean, run: RunCommand) => void;

function parsePlatform(text: string): string {
  if (text === "local") return text;
  throw new EvenkeelError(`platform ${text} cannot be used: this version runs clusters on the local platform only`, {
    code: "PLATFORM_UNSUPPORTED",
    owner: "user",
    hint: "leave --platform out, or give --platform local",
    details: { platform: text, supported: ["local"] },
  });
}

function createProgram(options: ParseOptions): Command {
  const { version, writeOut, columns } = options;
  return new Command("evenkeel")
    .description("Keeps a Redis or Valkey Cluster serving through every planned change.")
    .usage("COMMAND [options]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addOption(new Option("--output <format>", "what stdout holds").choices(["text", "json"]).default("text"))
    .option("--events <file>", "append every event to this file, one JSON object a line")
    .option("--name <name>", "name of the cluster", parseName, "default")
    .addOption(new Option("--platform <platform>", "where the cluster runs").argParser(parsePlatform).default("local"))
    .option("--no-color", "no colours (also: NO_COLOR)")
    .option("-q, --quiet", "on stderr only warnings and errors")
    .configureHelp({ showGlobalOptions: true, helpWidth: columns })
    .configureOutput({
      writeOut,
      writeErr: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
}

function readGlobals(program: Command): GlobalOptions {
  const given = program.opts<Omit<GlobalOptions, "quiet"> & { quiet?: boolean }>();
  return { ...given, quiet: given.quiet ?? false };
}

/**
 * Reads the command line.
 * @param argv arguments without the program
 * @throws EvenkeelError of owner `user`: unknown command or flag, missing or wrong value
 */
export function parseArgv(argv: readonly string[], options: ParseOptions): Invocation {
  const program = createProgram(options);
  let chosen: Invocation = { kind: "printed" };
  defineCommands(program, (command, live, run) => {
    chosen = { kind: "command", command, live, options: readGlobals(program), run };
  });
  const names = program.commands.map((command) => command.name());
  try {
    if (argv.length === 0) throw noCommand(names);
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "printed" };
    if (error.code === "commander.help") throw noCommand(names);
    throw toUsageError(
      error,
      argv.find((argument) => names.includes(argument)),
    );
  }
  return chosen;
}

function noCommand(names: readonly string[]): EvenkeelError {
  return new EvenkeelError("no command given", {
    code: "NO_COMMAND",
    owner: "user",
    hint: "evenkeel --help",
    details: { commands: names.join(", ") },
  });
}
