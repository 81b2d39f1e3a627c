import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { EngineName } from "../../../cluster/types.js";
import type { EngineContext } from "./engine-binary.js";
import { packageBroken } from "./engine-errors.js";
import { runProgram } from "./run-program.js";

const LOADER = /^ld-linux[\w-]*\.so\.\d+$/;

/**
 * Unpacks the `.deb` files in the folder and keeps what runs: `bin` (programs), `lib` (libraries and the loader, all in one
 * folder), `run` (a link to the loader for each program).
 * @throws EvenkeelError `ENGINE_BROKEN` when a package cannot be unpacked or has no loader or server
 */
export async function unpackEngine(folder: string, engine: EngineName, context: EngineContext): Promise<void> {
  const root = join(folder, "root");
  const [bin, lib, run] = [join(folder, "bin"), join(folder, "lib"), join(folder, "run")];
  for (const made of [root, bin, lib, run]) await mkdir(made);
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".deb")) continue;
    const result = await runProgram(["dpkg-deb", "-x", join(folder, name), root], context, { timeoutMs: 120_000 });
    if (result.failure !== undefined) {
      throw packageBroken(`package ${name}`, `dpkg-deb ${result.failure}: ${result.stderr.trim()}`);
    }
    await rm(join(folder, name));
  }
  for (const from of await libraryFolders(root)) {
    await moveInto(lib, from, (name) => /\.so(\.|$)/.test(name));
  }
  await moveInto(bin, join(root, "usr/bin"), (name) => name.startsWith(`${engine}-`));
  await rm(root, { recursive: true, force: true });

  const loader = (await readdir(lib)).find((name) => LOADER.test(name));
  if (loader === undefined) throw packageBroken(`the ${engine} package`, "its libraries hold no loader");
  for (const program of await readdir(bin)) await symlink(join("..", "lib", loader), join(run, program));
}

/** Before releases merged them, libraries were in `/lib/TRIPLET` and `/usr/lib/TRIPLET`. */
async function libraryFolders(root: string): Promise<readonly string[]> {
  const bases = [join(root, "lib"), join(root, "usr/lib")];
  const folders = await Promise.all(
    bases.map(async (base) =>
      (await listFolder(base)).filter((name) => /-linux-gnu/.test(name)).map((name) => join(base, name)),
    ),
  );
  return [...folders.flat(), ...bases];
}

async function moveInto(to: string, from: string, isWanted: (name: string) => boolean): Promise<void> {
  for (const name of (await listFolder(from)).filter(isWanted)) await rename(join(from, name), join(to, name));
}

async function listFolder(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
