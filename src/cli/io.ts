import type { Writable } from "node:stream";

/** A standard stream: what `process.stdout` is, or a test's own. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export type StopSignal = "SIGINT" | "SIGTERM";

/** All that the command line has of the outside world, so that a test can run it in its own process. */
export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory. */
  readonly cwd: string;
  /** @returns a function that takes the listener away */
  onSignal(signal: StopSignal, listener: () => void): () => void;
  /** Leaves now, without waiting for anything. */
  exit(code: number): void;
}

/** The real world. */
export function createProcessIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onSignal: (signal, listener) => {
      process.on(signal, listener);
      return () => process.removeListener(signal, listener);
    },
    exit: (code) => process.exit(code),
  };
}
