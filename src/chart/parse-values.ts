import { parseDocument } from "yaml";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import { isMap, type Value, type Values } from "./conversion.js";

/**
 * Reads a values file.
 * @param name what to call the file in an error
 * @throws EvenkeelError `VALUES_UNREADABLE` when it is no YAML or no map
 */
export function parseValues(text: string, name: string): Values {
  const unreadable = (why: string): EvenkeelError =>
    new EvenkeelError(`${name} is no values file: ${why}`, {
      code: "VALUES_UNREADABLE",
      owner: "user",
      hint: "give the file that was passed to helm with --values, or the output of helm get values RELEASE --output yaml",
      details: { file: name },
    });
  // As Helm reads it.
  const document = parseDocument(text, { merge: true, version: "1.1" });
  const [error] = document.errors;
  if (error !== undefined) throw unreadable(error.message.split("\n")[0] ?? "not YAML");
  const values = document.toJS() as Value;
  if (!isMap(values)) throw unreadable("it holds no settings");
  // `helm get values` in its text form begins so.
  const { "USER-SUPPLIED VALUES": _heading, ...rest } = values;
  return rest;
}
