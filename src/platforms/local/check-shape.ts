/**
 * A check of a parsed value: undefined when it has the shape, else a sentence that names the place.
 * Written by hand because the kubelet is one small file that has to start fast.
 */
export type Check = (value: unknown, path: string) => string | undefined;

/** A check that proves a type: see {@link hasShape}. */
export interface Shape<T> extends Check {
  /** Only for the compiler; never there. */
  readonly proves?: T;
}

function mismatch(path: string, expected: string, value: unknown): string {
  const found = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
  return `${path || "the file"}: expected ${expected}, found ${found}`;
}

/** Any text, also the empty one. */
export const text: Check = (value, path) => (typeof value === "string" ? undefined : mismatch(path, "a text", value));

/** True or false. */
export const flag: Check = (value, path) =>
  typeof value === "boolean" ? undefined : mismatch(path, "true or false", value);

/** A whole number between two bounds, both included. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Check {
  return (value, path) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return undefined;
    const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`;
    return mismatch(path, `a whole number ${bounds}`, value);
  };
}

/** One of some literal values. */
export function oneOf(...allowed: readonly (string | number | null)[]): Check {
  return (value, path) =>
    allowed.some((each) => each === value)
      ? undefined
      : mismatch(path, allowed.map((each) => JSON.stringify(each)).join(" or "), value);
}

/** A list whose every element passes `check`. */
export function listOf(check: Check, minLength = 0): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return mismatch(path, "a list", value);
    if (value.length < minLength) return mismatch(path, `a list of at least ${minLength}`, value);
    for (const [index, each] of value.entries()) {
      const problem = check(each, `${path}[${index}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** An object of any keys whose every value passes `check`. */
export function dictionaryOf(check: Check): Check {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return mismatch(path, "an object", value);
    for (const [name, each] of Object.entries(value)) {
      const problem = check(each, `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** The value may be missing, or null. */
export function optional(check: Check): Check {
  return (value, path) => (value === undefined || value === null ? undefined : check(value, path));
}

/** An object with these fields, all that `T` has; further fields are let through. */
export function record<T>(fields: { readonly [Field in keyof T]-?: Check }): Shape<T> {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return mismatch(path, "an object", value);
    for (const [name, check] of Object.entries<Check>(fields)) {
      const problem = check(Reflect.get(value, name), path === "" ? name : `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** Whether a value passes a check, as a type guard. */
export function hasShape<T>(value: unknown, shape: Shape<T>): value is T {
  return shape(value, "") === undefined;
}
