import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import { renderFiles } from "../../../infra/render/render-files.js";
import type { OpenFile } from "./open-file.js";

/** What became of a rendered file. */
export interface Written {
  /** Relative to the environment file's folder. */
  readonly path: string;
  readonly change: "written" | "same" | "stale";
}

/**
 * Writes what follows from the environment file, where it differs from what is there.
 * @param options.check only look: what differs is `stale`
 * @throws EvenkeelError `INFRA_UNWRITABLE`
 */
export function writeRendered(
  { folder, file }: OpenFile,
  options: { readonly check?: boolean } = {},
): readonly Written[] {
  return renderFiles(file).map(({ path, text }) => {
    const full = join(folder, path);
    if (existsSync(full) && readFileSync(full, "utf8") === text) return { path, change: "same" };
    if (options.check === true) return { path, change: "stale" };
    try {
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    } catch (error) {
      throw new EvenkeelError(`cannot write ${full}`, {
        code: "INFRA_UNWRITABLE",
        owner: "environment",
        hint: "make the folder writable",
        cause: error,
      });
    }
    return { path, change: "written" };
  });
}
