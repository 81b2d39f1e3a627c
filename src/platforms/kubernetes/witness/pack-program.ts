import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";

const pack = promisify(gzip);

/**
 * The files of a program, each packed, as `binaryData` of a ConfigMap.
 * @param folder with the bundle's `.mjs` files
 * @throws EvenkeelError `WITNESS_NOT_BUILT`
 */
export async function packProgram(folder: string): Promise<Readonly<Record<string, string>>> {
  const files = await readdir(folder).catch(() => []);
  const bundle = files.filter((file) => file.endsWith(".mjs"));
  if (!bundle.includes("witness.mjs")) {
    throw new EvenkeelError(`the witness's program is missing: ${join(folder, "witness.mjs")}`, {
      code: "WITNESS_NOT_BUILT",
      owner: "user",
      hint: "npm run setup",
    });
  }
  const packed = bundle.map(
    async (file) =>
      [`${file}.gz`, (await pack(await readFile(join(folder, file)), { level: 9 })).toString("base64")] as const,
  );
  return Object.fromEntries(await Promise.all(packed));
}
