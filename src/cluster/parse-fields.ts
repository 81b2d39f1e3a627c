import { parseFailed } from "./parse-failed.js";

/** The fields of a reply made of `name:value` lines, read by name. */
export interface Fields {
  /** Names that begin with these letters, in the reply's order. */
  readonly names: (prefix: string) => readonly string[];
  readonly text: (name: string) => string | undefined;
  /** @throws EvenkeelError `PARSE_FAILED` when the field is missing */
  readonly requiredText: (name: string) => string;
  /** @throws EvenkeelError `PARSE_FAILED` when the field is there and is no number */
  readonly count: (name: string) => number | undefined;
  /** @throws EvenkeelError `PARSE_FAILED` when the field is missing or is no number */
  readonly requiredCount: (name: string) => number;
}

/**
 * Reads `INFO` and `CLUSTER INFO`: `name:value` lines between headings (`# Server`) and empty lines. Of two hundred fields some
 * twenty are asked for: they are looked up in the text, because to take all of it apart cost more than any other part of a view.
 */
export function parseFields(what: string, reply: string): Fields {
  const lines = `\n${reply}`;
  const text = (name: string): string | undefined => {
    const found = lines.indexOf(`\n${name}:`);
    if (found === -1) return undefined;
    const begin = found + name.length + 2;
    const end = lines.indexOf("\n", begin);
    return lines.slice(begin, end === -1 ? lines.length : end).trimEnd();
  };
  const names = (prefix: string): string[] => {
    const all: string[] = [];
    for (let at = lines.indexOf(`\n${prefix}`); at !== -1; at = lines.indexOf(`\n${prefix}`, at + 1)) {
      const colon = lines.indexOf(":", at);
      const name = lines.slice(at + 1, colon);
      if (colon !== -1 && !name.includes("\n")) all.push(name);
    }
    return all;
  };
  const requiredText = (name: string): string => {
    const value = text(name);
    if (value === undefined) throw parseFailed(what, reply.slice(0, 200), `${name} is missing`);
    return value;
  };
  const toNumber = (name: string, value: string): number => {
    const number = Number(value);
    if (value === "" || Number.isNaN(number)) throw parseFailed(what, `${name}:${value}`, "not a number");
    return number;
  };
  return {
    names,
    text,
    requiredText,
    count: (name) => {
      const value = text(name);
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
