import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { ServerTemplate } from "../cluster-file.js";
import { startThrowaway } from "../throwaway/start-throwaway.js";
import type { Throwaway } from "../throwaway/start-throwaway.js";
import { readInfo } from "./read-info.js";

/** A throwaway server that has loaded a snapshot. */
export interface LoadedSnapshot {
  readonly server: Throwaway;
  /** Keys in the file: those that it holds, those that had expired when it was loaded, and those that loaded as empty. */
  readonly keys: number;
  readonly databases: number;
}

const ANSWER_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;
const LAST_WORDS_MS = 300;
/** Loading that is slower than this is taken for a server that hangs. */
const SLOWEST_BYTES_PER_MS = 5000;

function fail(path: string, why: string): never {
  throw new EvenkeelError(`the snapshot ${path} cannot be loaded: ${why}`, {
    code: "SNAPSHOT_FAILED",
    owner: "environment",
    hint: "take it again; if that fails too, look at the disk and at the server's log",
    details: { path },
  });
}

/**
 * Loads a snapshot into a throwaway server that writes nothing and listens on no port.
 *
 * @throws EvenkeelError `SNAPSHOT_FAILED` with the engine's own words
 */
export async function loadSnapshot(
  path: string,
  template: ServerTemplate,
  options: { readonly trialsDir: string; readonly signal?: AbortSignal | undefined },
): Promise<LoadedSnapshot> {
  const server = await startThrowaway(template, {
    config: () => [
      `dir "${dirname(path)}"`,
      `dbfilename "${basename(path)}"`,
      "appendonly no",
      'save ""',
      "maxmemory 0",
      "cluster-enabled no",
    ],
    trialsDir: options.trialsDir,
    answerWithinMs: ANSWER_WITHIN_MS,
    signal: options.signal,
  });
  if ("reason" in server) fail(path, server.reason);
  try {
    const endsAt = performance.now() + 60_000 + statSync(path).size / SLOWEST_BYTES_PER_MS;
    for (;;) {
      options.signal?.throwIfAborted();
      const info = await readInfo(server.connection).catch(() => undefined);
      if (info === undefined) {
        // It ended while it loaded; what it said last is still on its way.
        await sleep(LAST_WORDS_MS);
        return fail(path, server.said());
      }
      if (info.text("loading") === "0") {
        const empty = Number(/empty keys skipped: (\d+)/u.exec(server.said())?.[1] ?? 0);
        const keys = info.number("rdb_last_load_keys_loaded") + info.number("rdb_last_load_keys_expired") + empty;
        return { server, keys, databases: info.databases().length };
      }
      if (performance.now() > endsAt) fail(path, "it takes too long");
      await sleep(LOOK_EVERY_MS);
    }
  } catch (error) {
    await server.end();
    throw error;
  }
}
