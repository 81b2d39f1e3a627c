import type { EngineName } from "../../../cluster/types.js";

/** A server program that can be spawned, and its companions. */
export interface EngineBinary {
  readonly engine: EngineName;
  /** Full version, as the program itself says it, e.g. `7.0.15`. */
  readonly version: string;
  /** Argv prefix of the server: `[program]`, or the loader and its options in front of the program. */
  readonly server: readonly string[];
  /** Argv prefix of `redis-cli` / `valkey-cli`; empty when there is none. */
  readonly cli: readonly string[];
  /** Argv prefix of `redis-check-rdb` / `valkey-check-rdb`. */
  readonly checkRdb?: readonly string[];
  /** Where it comes from, as a sentence for people. */
  readonly source: string;
}

/** What the search may use. */
export interface EngineContext {
  /** `PATH`, `EVENKEEL_ENGINES`, `EVENKEEL_CACHE`, `XDG_CACHE_HOME` and `HOME` are read; children get all of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. @default env.HOME, else the one the system knows */
  readonly home?: string | undefined;
  /** Told in a sentence about anything that takes more than a second. */
  readonly notify?: ((message: string) => void) | undefined;
  /** Ends the search; child processes are killed. */
  readonly signal?: AbortSignal | undefined;
}

/** A file that looked like a server and is none. */
export interface BrokenEngine {
  readonly path: string;
  readonly reason: string;
}

/** One place that was looked at, and everything that was there. */
export interface EnginePlace {
  /** E.g. `PATH`, `the cache /home/me/.cache/evenkeel/engines`. */
  readonly name: string;
  readonly engines: readonly EngineBinary[];
  readonly broken: readonly BrokenEngine[];
}
