import { setTimeout as sleep } from "node:timers/promises";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import { errorClass } from "./error-class.js";

export interface ChunkOptions {
  /** What is being done, for the error: `read back`. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Called with the number of items that are done. */
  readonly onDone?: (done: number) => void;
}

/** Enough to keep every connection busy, few enough not to be a load of its own. */
const CHUNK = 1000;
const RETRY_MS = 100;

/**
 * Does something with every item, a thousand at a time; what fails is tried again until the deadline.
 * @throws EvenkeelError `WITNESS_INCOMPLETE` when the deadline came first: what is not done is unknown, never good
 */
export async function runInChunks<T>(
  items: Iterable<T>,
  act: (item: T) => Promise<void>,
  options: ChunkOptions,
): Promise<void> {
  const expired = new AbortController();
  const timer = setTimeout(() => expired.abort(), options.deadlineMs);
  let lastError: unknown;
  let done = 0;

  async function attempt(chunk: readonly T[]): Promise<readonly T[]> {
    const failed: T[] = [];
    const acts = chunk.map(async (item) => {
      try {
        await act(item);
        done += 1;
      } catch (error) {
        lastError = error;
        failed.push(item);
      }
    });
    await orExpired(Promise.all(acts), expired.signal);
    return failed;
  }

  try {
    for (const chunk of chunks(items)) {
      let left = await attempt(chunk);
      while (left.length > 0 && !expired.signal.aborted) {
        await sleep(RETRY_MS);
        left = await attempt(left);
      }
      if (expired.signal.aborted) throw incomplete(options, done, lastError);
      options.onDone?.(done);
    }
  } finally {
    clearTimeout(timer);
  }
}

function* chunks<T>(items: Iterable<T>): Generator<readonly T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** A library may never answer (node-redis waits for a dead primary for ever): the deadline holds all the same. */
async function orExpired(work: Promise<unknown>, expired: AbortSignal): Promise<void> {
  if (expired.aborted) return;
  await new Promise<void>((resolve, reject) => {
    const done = () => resolve();
    expired.addEventListener("abort", done, { once: true });
    work.then(
      () => {
        expired.removeEventListener("abort", done);
        resolve();
      },
      (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
    );
  });
}

function incomplete(options: ChunkOptions, done: number, lastError: unknown): EvenkeelError {
  const reason = lastError === undefined ? "no answer" : errorClass(lastError);
  return new EvenkeelError(
    `could not ${options.what} every key within ${options.deadlineMs / 1000} s: ${done} done, last error: ${reason}`,
    {
      code: "WITNESS_INCOMPLETE",
      owner: "environment",
      retryable: true,
      hint: "look at the cluster's state: evenkeel status",
      cause: lastError,
      details: { done },
    },
  );
}
