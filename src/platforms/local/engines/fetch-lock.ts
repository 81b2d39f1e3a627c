import { execa } from "execa";
import { EvenkeelError, EXIT } from "../../../errors/evenkeel-error.js";
import type { EngineContext } from "./engine-binary.js";

/** Part of util-linux, which every Debian and Ubuntu has. */
const LOCK_PROGRAM = "flock";
const PATIENCE_MS = 1_000;

/**
 * Runs the work while no other process fetches into the same cache. The lock is the kernel's, held by a child that ends
 * when its stdin closes: it is free again however this process ends.
 * @param file path of the lock file; its folder must exist
 * @throws EvenkeelError `ENGINE_FETCH_FAILED` when the file system refuses the lock
 */
export async function withFetchLock<T>(file: string, context: EngineContext, work: () => Promise<T>): Promise<T> {
  context.signal?.throwIfAborted();
  const holder = execa(LOCK_PROGRAM, ["--exclusive", file, "sh", "-c", "echo held; exec cat"], {
    env: { ...context.env },
    extendEnv: false,
    stdin: "pipe",
    buffer: false,
    reject: false,
    // A Ctrl-C reaches the whole foreground group; the lock must outlive it until the work has cleaned up.
    detached: true,
    cleanup: true,
  });
  const abort = () => holder.kill();
  context.signal?.addEventListener("abort", abort, { once: true });
  const waiting = setTimeout(
    () => context.notify?.("waiting for another process that fetches engines into the same cache"),
    PATIENCE_MS,
  );
  try {
    const held = new Promise<"held">((resolve) => holder.stdout.once("data", () => resolve("held")));
    const first = await Promise.race([held, holder]);
    clearTimeout(waiting);
    context.signal?.throwIfAborted();
    if (first !== "held") throw lockRefused(file, first.exitCode);
    context.signal?.removeEventListener("abort", abort);
    return await work();
  } finally {
    clearTimeout(waiting);
    context.signal?.removeEventListener("abort", abort);
    holder.stdin.end();
    await holder;
  }
}

function lockRefused(file: string, exitCode: number | undefined): EvenkeelError {
  return new EvenkeelError(`the lock ${file} cannot be taken: flock ended with code ${exitCode ?? "none"}`, {
    code: "ENGINE_FETCH_FAILED",
    owner: "environment",
    exitCode: EXIT.refused,
    hint: "set EVENKEEL_CACHE to a folder that you can write, on a local disk",
    details: { file },
  });
}
