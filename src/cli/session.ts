import type { Recorder } from "../events/recorder.js";
import type { Host } from "../hosts/host.js";
import type { Io } from "./io.js";
import type { Output } from "./output.js";

/** One call of the command line. */
export interface Session {
  readonly argv: readonly string[];
  readonly io: Io;
  readonly stdout: Output;
  readonly stderr: Output;
  /** What is shown and recorded while a command runs. */
  view?: Host;
  recorder?: Recorder;
}
