import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

/** The absolute folders of a PATH-like list; empty and relative entries are left out. */
export function splitPathList(list: string | undefined): readonly string[] {
  return [...new Set((list ?? "").split(delimiter))].filter((folder) => isAbsolute(folder));
}

/** True for a file that may be executed. */
async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Every executable of that name in the folders, in their order. */
export async function findPrograms(name: string, folders: readonly string[]): Promise<readonly string[]> {
  const paths = folders.map((folder) => join(folder, name));
  const found = await Promise.all(paths.map(isExecutable));
  return paths.filter((_, index) => found[index]);
}
