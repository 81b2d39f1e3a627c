import { parseFailed } from "./parse-failed.js";

/** The fields of a reply made of `name:value` lines, read by name. */
export interface Fields {
  readonly names: readonly string[];
  readonly text: (name: string) => string | undefined;
  /** @throws EvenkeelError `PARSE_FAILED` when the field is missing */
  readonly requiredText: (name: string) => string;
  /** @throws EvenkeelError `PARSE_FAILED` when the field is there and is no number */
  readonly count: (name: string) => number | undefined;
  /** @throws EvenkeelError `PARSE_FAILED` when the field is missing or is no number */
  readonly requiredCount: (name: string) => number;
}

/** Reads `INFO` and `CLUSTER INFO`: `name:value` lines; headings (`# Server`) and empty lines are left out. */
export function parseFields(what: string, text: string): Fields {
  const fields = new Map<string, string>();
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const colon = line.indexOf(":");
    if (line.startsWith("#") || colon === -1) continue;
    fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const requiredText = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw parseFailed(what, text.slice(0, 200), `${name} is missing`);
    return value;
  };
  const toNumber = (name: string, value: string): number => {
    const number = Number(value);
    if (value === "" || Number.isNaN(number)) throw parseFailed(what, `${name}:${value}`, "not a number");
    return number;
  };
  return {
    names: [...fields.keys()],
    text: (name) => fields.get(name),
    requiredText,
    count: (name) => {
      const value = fields.get(name);
      return value === undefined ? undefined : toNumber(name, value);
    },
    requiredCount: (name) => toNumber(name, requiredText(name)),
  };
}

/** `a=1,b=2` as a record: how `INFO` writes a replica or a database. */
export function parsePairs(value: string): Record<string, string> {
  return Object.fromEntries(
    value.split(",").map((pair) => {
      const equals = pair.indexOf("=");
      return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}
