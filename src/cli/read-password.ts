import { readFileSync } from "node:fs";
import { EvenkeelError } from "../errors/evenkeel-error.js";

/**
 * Reads a password file: its first line.
 * @throws EvenkeelError `PASSWORD_FILE`
 */
export function readPassword(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new EvenkeelError(`cannot read the password file ${file}`, {
      code: "PASSWORD_FILE",
      owner: "user",
      hint: "name a file that exists and that you may read, with --password-file",
      details: { file },
      cause: error,
    });
  }
  const password = text.split(/\r?\n/u)[0] ?? "";
  if (password !== "") return password;
  throw new EvenkeelError(`the password file ${file} begins with an empty line`, {
    code: "PASSWORD_FILE",
    owner: "user",
    hint: "write the password on its first line",
    details: { file },
  });
}
