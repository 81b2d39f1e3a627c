import type { OutputStream } from "./io.js";

/** Writes to a stream whose reader may go away: `evenkeel status | head -1` is no crash. */
export interface Output {
  /** False when nobody reads any more. */
  write(text: string): boolean;
  /** Resolves when all that was written has left the process. */
  flush(): Promise<void>;
  /** Why writing failed, when it was something else than a reader who left. */
  readonly failure: Error | undefined;
  /** Takes the stream's listener away. */
  release(): void;
}

/** Watches a stream for as long as the command runs. */
export function createOutput(stream: OutputStream): Output {
  let closed = false;
  let failure: Error | undefined;
  const onError = (error: NodeJS.ErrnoException): void => {
    if (closed) return;
    closed = true;
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") failure = error;
  };
  stream.on("error", onError);
  return {
    write: (text) => {
      if (!closed) stream.write(text);
      return !closed;
    },
    flush: () => new Promise((resolve) => (closed ? resolve() : stream.write("", () => resolve()))),
    get failure() {
      return failure;
    },
    release: () => stream.removeListener("error", onError),
  };
}

/** A result for machines: one JSON document and a newline. */
export function toJsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
