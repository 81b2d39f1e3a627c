/** One thing that is wrong in the environment file. */
export interface Fault {
  /** e.g. `environments.demo.zones[1]`. */
  readonly place: string;
  /** Keys that lead there, for the line number. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Line in the file, from 1; missing when the key is not written there. */
  readonly line?: number;
}

/** One thing that is allowed but should be known. */
export interface Notice {
  readonly place: string;
  readonly message: string;
}

/** `environments.demo.zones[1]`. */
export function joinPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return "the file";
  const parts = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[\w-]+$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return parts.join("").replace(/^\./u, "");
}
