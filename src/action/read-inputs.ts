import { EvenkeelError } from "../errors/evenkeel-error.js";

type Env = Readonly<Record<string, string | undefined>>;

/** What a step's `with:` asks for. */
export interface ActionInputs {
  readonly command: ActionCommand;
  /** Arguments of the command line, without where its output goes. */
  readonly argv: readonly string[];
}

const COMMANDS = {
  "check-pre": ["check", "pre"],
  "check-post": ["check", "post"],
  status: ["status"],
  plan: ["plan"],
  upgrade: ["upgrade", "--execute"],
  rollback: ["rollback", "--execute"],
} as const;
export type ActionCommand = keyof typeof COMMANDS;

/** Inputs that a command knows; a release is known to all. */
const TAKES: Readonly<Record<"to" | "policy", readonly ActionCommand[]>> = {
  to: ["plan", "upgrade"],
  policy: ["plan", "upgrade", "rollback"],
};

function wrongInput(message: string, hint: string): EvenkeelError {
  return new EvenkeelError(message, { code: "ACTION_INPUT", owner: "user", hint });
}

function isCommand(text: string): text is ActionCommand {
  return Object.hasOwn(COMMANDS, text);
}

/**
 * Reads a step's inputs as GitHub gives them: `INPUT_NAME` in the environment.
 * @throws EvenkeelError `ACTION_INPUT`
 */
export function readInputs(env: Env): ActionInputs {
  const input = (name: string): string => (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
  const command = input("command");
  if (!isCommand(command))
    throw wrongInput(
      command === "" ? "the input `command` is missing" : `there is no command ${command}`,
      `give one of ${Object.keys(COMMANDS).join(", ")}`,
    );
  const flags = ["context", "namespace", "release", "to", "policy"].flatMap((name) => {
    const value = input(name);
    if (value === "") return [];
    if ((name === "to" || name === "policy") && !TAKES[name].includes(command))
      throw wrongInput(`the command ${command} has no use for the input \`${name}\``, `leave \`${name}\` out`);
    // In one piece: a value that begins with a dash is no flag.
    return [`--${name}=${value}`];
  });
  if (TAKES.to.includes(command) && input("to") === "")
    throw wrongInput(`the command ${command} needs the input \`to\``, "give an engine and version, e.g. redis@8.0");
  return { command, argv: [...COMMANDS[command], "--platform=kubernetes", ...flags] };
}
