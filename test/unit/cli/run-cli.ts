import { Writable } from "node:stream";
import type { Io, OutputStream, StopSignal } from "../../../src/cli/io.js";
import { main } from "../../../src/cli/main.js";
import { makeFolder } from "./make-folder.js";

export interface CapturedIo extends Io {
  readonly text: { stdout: string; stderr: string };
  readonly exits: number[];
  /** What Ctrl-C does. */
  send(signal: StopSignal): void;
  listeners(): number;
}

export interface CaptureOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly isTTY?: boolean;
  /** Fails writes to stdout with this code. */
  readonly stdoutError?: string;
}

/** The outside world of one call, kept in memory; its working directory is a new folder. */
export function captureIo(options: CaptureOptions = {}): CapturedIo {
  const text = { stdout: "", stderr: "" };
  const listeners: { signal: StopSignal; listener: () => void }[] = [];
  const exits: number[] = [];
  const stream = (name: "stdout" | "stderr"): OutputStream => {
    const writable = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (name === "stdout" && options.stdoutError !== undefined) {
          done(Object.assign(new Error(`write ${options.stdoutError}`), { code: options.stdoutError }));
          return;
        }
        text[name] += chunk.toString();
        done();
      },
    });
    return Object.assign(writable, { isTTY: options.isTTY ?? false, columns: 100 });
  };
  return {
    text,
    exits,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env: options.env ?? {},
    cwd: options.cwd ?? makeFolder(),
    onSignal: (signal, listener) => {
      const entry = { signal, listener };
      listeners.push(entry);
      return () => void listeners.splice(listeners.indexOf(entry), 1);
    },
    exit: (code) => void exits.push(code),
    send: (signal) => listeners.filter((entry) => entry.signal === signal).forEach(({ listener }) => listener()),
    listeners: () => listeners.length,
  };
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly io: CapturedIo;
}

/** Runs the command line in this process. */
export async function runCli(argv: readonly string[], options: CaptureOptions = {}): Promise<CliResult> {
  const io = captureIo(options);
  const code = await main(argv, io);
  return { code, stdout: io.text.stdout, stderr: io.text.stderr, io };
}
