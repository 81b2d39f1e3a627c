import type { CommanderError } from "commander";
import { EvenkeelError } from "../errors/evenkeel-error.js";

const CODES: Readonly<Record<string, string>> = {
  "commander.unknownCommand": "UNKNOWN_COMMAND",
  "commander.unknownOption": "UNKNOWN_OPTION",
  "commander.optionMissingArgument": "MISSING_VALUE",
  "commander.missingArgument": "MISSING_ARGUMENT",
  "commander.missingMandatoryOptionValue": "MISSING_OPTION",
  "commander.invalidArgument": "INVALID_VALUE",
  "commander.excessArguments": "TOO_MANY_ARGUMENTS",
  "commander.conflictingOption": "CONFLICTING_OPTIONS",
};

/**
 * Translates the parser's complaint into our error: what was wrong, what may have been meant, whose help to read.
 * @param command the command that was being parsed, when one was recognised
 */
export function toUsageError(error: CommanderError, command: string | undefined): EvenkeelError {
  const [first = "", ...rest] = error.message.replace(/^error: /u, "").split("\n");
  const suggestion = /\(Did you mean (.+)\?\)/u.exec(rest.join(" "))?.[1];
  const help = command === undefined ? "evenkeel --help" : `evenkeel ${command} --help`;
  return new EvenkeelError(first.trim(), {
    code: CODES[error.code] ?? "USAGE",
    owner: "user",
    hint: suggestion === undefined ? help : `did you mean ${suggestion}? See ${help}`,
    ...(suggestion === undefined ? {} : { details: { suggestion } }),
  });
}
