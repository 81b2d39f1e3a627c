import { renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes `text` so that a reader sees the old file or the new one, never a part: a temporary file beside it, then rename.
 * Synchronous, because these files are small and their order matters.
 *
 * @param options.mode permissions of the file, e.g. `0o600`
 */
export function writeFileAtomic(path: string, text: string, options: { readonly mode?: number } = {}): void {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2, 10)}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: options.mode ?? 0o644 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** {@link writeFileAtomic} of a value as JSON that people can read. */
export function writeJsonAtomic(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}
