/** A value as YAML gives it. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
export type Values = Readonly<Record<string, Value>>;

/** What became of one setting of the other chart. */
export type Entry =
  | {
      readonly kind: "mapped";
      readonly from: string;
      readonly to: string;
      readonly value: Value;
      readonly note?: string;
    }
  /** Said by something that the chart does by itself. */
  | { readonly kind: "not-needed"; readonly from: string; readonly reason: string }
  /** Nothing here does it: a person has to decide. */
  | { readonly kind: "no-counterpart"; readonly from: string; readonly reason: string }
  /** The other chart does not know it either, or it is newer than this table. */
  | { readonly kind: "unknown"; readonly from: string };

export type EntryOf<K extends Entry["kind"]> = Extract<Entry, { kind: K }>;

interface RuleBase {
  readonly from: string;
  /** A value that says no more than silence. Without it: what is empty or off. */
  readonly standard?: Value;
}

/** One line of the table: a setting, with all that is below it, and what it becomes. */
export type Rule = RuleBase &
  (
    | { readonly to: string; readonly note?: string; readonly as?: (value: Value) => Value }
    | { readonly notNeeded: string }
    | { readonly missing: string }
  );

/** A group of settings that only make sense together. */
export interface GroupRule {
  readonly group: string;
  readonly consumes: readonly string[];
  /** For the documentation: what the settings become. */
  readonly means: string;
  readonly convert: (read: Reader) => readonly Entry[];
}

/** Reads settings by their dotted path. */
export interface Reader {
  /** The value; undefined when the file does not say. */
  get(path: string): Value | undefined;
  text(path: string): string | undefined;
  /** Name of the release that the file belongs to. */
  readonly release: string;
}

/** True for what says nothing: empty text, list or map, null, and a switch that is off. */
export function isInert(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.values(value).every((inner) => isInert(inner));
}

/** True for a map. */
export function isMap(value: Value | undefined): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
