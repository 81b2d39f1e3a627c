import type { EngineName } from "../../../cluster/types.js";
import type { EngineContext } from "./engine-binary.js";
import type { PackageOffer } from "./package-offers.js";
import { readComplaints } from "./package-offers.js";
import { runProgram } from "./run-program.js";

/** One package to download. */
export interface PlannedPackage {
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
}

/**
 * Asks apt which packages the server and its tools need, in the versions of that release.
 * @returns the packages, or `{ failed }` with apt's words
 */
export async function planPackages(
  offer: PackageOffer,
  context: EngineContext,
): Promise<readonly PlannedPackage[] | { readonly failed: string }> {
  const wanted = ["server", "tools"].map((part) => `${offer.engine}-${part}=${offer.packageVersion}`);
  const argv = ["apt-get", "install", "--print-uris", "-qq", "-y", "--no-install-recommends", ...wanted];
  const result = await runProgram(argv, context, { env: offer.state.env, timeoutMs: 120_000 });
  if (result.failure !== undefined) {
    return { failed: readComplaints(result.stderr).join("; ") || `apt-get install --print-uris ${result.failure}` };
  }
  return parsePrintUris(result.stdout).filter(({ name }) => isNeeded(name, offer.engine));
}

/** Reads `apt-get --print-uris`: `'URI' FILE BYTES HASH`; the file's name is `NAME_VERSION_ARCH.deb`, percent-encoded. */
export function parsePrintUris(text: string): readonly PlannedPackage[] {
  return text.split("\n").flatMap((line) => {
    const match = /^'[^']+' ([^_\s]+)_([^_\s]+)_[^_\s]+\.deb (\d+)/.exec(line);
    if (match === null) return [];
    const [, name = "", version = "", bytes = "0"] = match;
    return [{ name, version: decodeURIComponent(version), bytes: Number(bytes) }];
  });
}

/** The programs themselves and the libraries that they load; character sets, texts and legacy ciphers are not loaded. */
function isNeeded(name: string, engine: EngineName): boolean {
  if (name === `${engine}-server` || name === `${engine}-tools`) return true;
  return /^(lib|zlib1g)/.test(name) && !/^libc-|-(common|bin|data)$/.test(name);
}
