import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolders } from "../../../src/platforms/local/engines/cache-folder.js";
import { withFetchLock } from "../../../src/platforms/local/engines/fetch-lock.js";

const ROOT = join(cacheFolders({ env: process.env }).root, "infra-tests");

/**
 * A folder of the per-user cache, made once for all processes and all clones.
 * @param name what it holds, readable
 * @param inputs everything that decides its content: other inputs are another folder
 * @param make fills an empty folder; what it leaves behind when it fails is thrown away
 */
export async function cachedFolder(
  name: string,
  inputs: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const key = createHash("sha256").update(inputs.join("\0")).digest("hex").slice(0, 16);
  const folder = join(ROOT, `${name}-${key}`);
  if (existsSync(folder)) return folder;
  mkdirSync(ROOT, { recursive: true });
  return withFetchLock(join(ROOT, "lock"), { env: process.env }, async () => {
    if (existsSync(folder)) return folder;
    const draft = mkdtempSync(join(ROOT, ".making-"));
    try {
      await make(draft);
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    return folder;
  });
}
