import { InvalidArgumentError } from "commander";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * `500ms`, `10s`, `2m`, `1.5h` in milliseconds. A bare number is refused: nobody can tell its unit.
 * @throws InvalidArgumentError
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/u.exec(text);
  const ms = match === null ? 0 : Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0);
  if (ms <= 0) throw new InvalidArgumentError("Expected a duration such as 500ms, 10s or 2m.");
  return Math.round(ms);
}

/**
 * A parser for whole numbers between two bounds, both included.
 * @returns a function that throws InvalidArgumentError
 */
export function parseInteger(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/**
 * Names become folders and pod names: small letters, digits and dashes.
 * @throws InvalidArgumentError
 */
export function parseName(text: string): string {
  if (/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/u.test(text)) return text;
  throw new InvalidArgumentError("Expected small letters, digits and dashes, a letter first, 40 at most.");
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
