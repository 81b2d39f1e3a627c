import type { Host, TextStream } from "./host.js";
import { createLinesHost } from "./lines.js";

export interface HostChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly color: boolean;
  /** Only warnings and errors. */
  readonly quiet: boolean;
}

/** Whether the live view can be drawn: a terminal that knows how to move its cursor, outside of a CI. */
function canDraw(stream: TextStream, env: HostChoice["env"]): boolean {
  return stream.isTTY === true && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
}

/** The view for this stream: live where it can be drawn, else plain lines. */
export async function chooseHost(stream: TextStream, choice: HostChoice): Promise<Host> {
  if (choice.quiet) return createLinesHost(stream, { verbosity: "warnings" });
  if (!canDraw(stream, choice.env)) return createLinesHost(stream);
  // Loaded only here: it costs more than all else that `status` and `check` need.
  const { createTtyHost } = await import("./tty.js");
  return createTtyHost(stream as NodeJS.WriteStream, { color: choice.color });
}
