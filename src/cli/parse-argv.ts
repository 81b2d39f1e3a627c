import { Command, CommanderError, Option } from "commander";
import type { GlobalOptions, KubernetesOptions, RunCommand } from "./context.js";
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
  if (text === "local" || text === "kubernetes") return text;
  throw new EvenkeelError(`there is no platform ${text}`, {
    code: "PLATFORM_UNSUPPORTED",
    owner: "user",
    hint: "--platform local (as without it), or --platform kubernetes",
    details: { platform: text, supported: ["local", "kubernetes"] },
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
    .option("--context <name>", "context of the kubeconfig (default: the present one)")
    .option("-n, --namespace <name>", "namespace of the release (default: the context's)")
    .option("--release <name>", "Helm release (default: the only one in the namespace)")
    .option("--chart <path>", "chart for changes of the release (default: the release's own)")
    .option("--helm <path>", "the helm program, 3 or 4 (default: found on PATH)")
    .addOption(
      new Option("--host <host>", "how progress is shown (auto: by where the command runs)")
        .choices(["auto", "github", "lines"])
        .default("auto"),
    )
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

/** Commands that are about Kubernetes without being told so. */
const KUBERNETES_ONLY: ReadonlySet<string> = new Set(["rbac", "chart"]);

/** Who names a release and forgets the platform must not act on a local cluster. */
function refuseKubernetesFlags(names: readonly string[]): void {
  const [first] = names;
  if (first === undefined) return;
  throw new EvenkeelError(`--${first} is for clusters on Kubernetes; this command is about a local one`, {
    code: "PLATFORM_FLAG",
    owner: "user",
    hint: "--platform kubernetes, or leave the flag out",
    details: { flag: `--${first}` },
  });
}

function readGlobals(program: Command, command: string): GlobalOptions {
  const given = program.opts<Omit<GlobalOptions, "quiet" | "kubernetes"> & KubernetesOptions & { quiet?: boolean }>();
  const { context, namespace, release, chart, helm, ...options } = given;
  const named = Object.entries({ context, namespace, release, chart, helm }).filter(([, value]) => value !== undefined);
  if (options.platform === "local" && !KUBERNETES_ONLY.has(command)) refuseKubernetesFlags(named.map(([name]) => name));
  return { ...options, kubernetes: Object.fromEntries(named), quiet: given.quiet ?? false };
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
    chosen = { kind: "command", command, live, options: readGlobals(program, command), run };
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
