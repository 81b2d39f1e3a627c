import type { EngineName } from "../../../cluster/types.js";
import type { EngineContext } from "./engine-binary.js";
import { runProgram } from "./run-program.js";

/** What `--version` of a server says. */
export interface ServerVersion {
  readonly engine: EngineName;
  readonly version: string;
}

/** `--version` loads no data and opens no port; seconds mean that the program is something else. */
const VERSION_TIMEOUT_MS = 10_000;

/**
 * Reads the first line of `redis-server --version` or `valkey-server --version`. The name counts, not the file's name:
 * compatibility packages install Valkey as `redis-server`.
 * @returns undefined when the text is not a server's
 */
export function parseServerVersion(text: string): ServerVersion | undefined {
  const match = /^(Redis|Valkey) server v=(\d+\.\d+\.\d+\S*)/im.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { engine: match[1].toLowerCase() === "valkey" ? "valkey" : "redis", version: match[2] };
}

/**
 * Runs the server with `--version`.
 * @param server argv prefix of the server
 * @returns the version, or `{ broken }` with what the program did instead and the end of its stderr
 */
export async function readServerVersion(
  server: readonly string[],
  context: Pick<EngineContext, "env" | "signal">,
): Promise<ServerVersion | { readonly broken: string }> {
  const result = await runProgram([...server, "--version"], context, { timeoutMs: VERSION_TIMEOUT_MS });
  const parsed = result.failure === undefined ? parseServerVersion(result.stdout) : undefined;
  if (parsed !== undefined) return parsed;
  const said = result.stderr.trim().split("\n").slice(-3).join(" / ").slice(-500);
  const words = said === "" ? "and said nothing on stderr" : `and said: ${said}`;
  return { broken: `${result.failure ?? "printed no version"} ${words}` };
}
