import type { ExitCode } from "../errors/evenkeel-error.js";
import type { Recorder } from "../events/recorder.js";
import type { HostName } from "../hosts/choose-host.js";
import type { EventSink } from "../ports/event-sink.js";
import type { Io } from "./io.js";

/** Flags that say which release of which Kubernetes is meant, and how its Helm release is changed. */
export interface KubernetesOptions {
  /** Of the kubeconfig. */
  readonly context?: string;
  readonly namespace?: string;
  readonly release?: string;
  /** Folder or archive of a chart, instead of the release's own. */
  readonly chart?: string;
  /** Path of the program. */
  readonly helm?: string;
}

/** Flags that every command takes. */
export interface GlobalOptions {
  readonly output: "text" | "json";
  /** File for the events of the run. */
  readonly events?: string;
  /** Name of the cluster. */
  readonly name: string;
  readonly platform: "local" | "kubernetes";
  readonly kubernetes: KubernetesOptions;
  /** False with `--no-color`. */
  readonly color: boolean;
  readonly quiet: boolean;
  /** How progress is shown. */
  readonly host: HostName;
}

/** A place for events that is somewhere else. */
export interface FlushableSink extends EventSink {
  /** Resolves when all that it was told is there, or given up. */
  flush(): Promise<void>;
}

/** What a command is given beside its own options. */
export interface CommandContext extends Omit<GlobalOptions, "events" | "color" | "host"> {
  readonly io: Io;
  /** Folder of the local state: EVENKEEL_HOME, else `.evenkeel` in the working directory. */
  readonly home: string;
  /** Whether stdout is coloured. */
  readonly color: boolean;
  /** Aborts at the first Ctrl-C: stop where it is safe. */
  readonly signal: AbortSignal;
  readonly recorder: Recorder;
  /** Keeps a secret out of what is shown from now on. */
  readonly mask: (secret: string) => void;
  /** Sends the events of the run to one place more. */
  readonly addSink: (sink: FlushableSink) => void;
  /** Prints what the command was asked for, once: the text, or with `--output json` the object. Ends the live view. */
  printResult(text: string, result: unknown): void;
  /** Writes to stdout as it is, for views that are drawn again and again. False when nobody reads any more. */
  write(text: string): boolean;
}

/** One command: does its work and says how it went. */
export type RunCommand = (context: CommandContext) => Promise<ExitCode>;
