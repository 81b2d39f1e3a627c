import type { ExitCode } from "../errors/evenkeel-error.js";
import type { Recorder } from "../events/recorder.js";
import type { Io } from "./io.js";

/** Flags that every command takes. */
export interface GlobalOptions {
  readonly output: "text" | "json";
  /** File for the events of the run. */
  readonly events?: string;
  /** Name of the cluster. */
  readonly name: string;
  readonly platform: "local";
  /** False with `--no-color`. */
  readonly color: boolean;
  readonly quiet: boolean;
}

/** What a command is given beside its own options. */
export interface CommandContext extends Omit<GlobalOptions, "events" | "color"> {
  readonly io: Io;
  /** Folder of the local state: EVENKEEL_HOME, else `.evenkeel` in the working directory. */
  readonly home: string;
  /** Whether stdout is coloured. */
  readonly color: boolean;
  /** Aborts at the first Ctrl-C: stop where it is safe. */
  readonly signal: AbortSignal;
  readonly recorder: Recorder;
  /** Prints what the command was asked for, once: the text, or with `--output json` the object. Ends the live view. */
  printResult(text: string, result: unknown): void;
  /** Writes to stdout as it is, for views that are drawn again and again. False when nobody reads any more. */
  write(text: string): boolean;
}

/** One command: does its work and says how it went. */
export type RunCommand = (context: CommandContext) => Promise<ExitCode>;
