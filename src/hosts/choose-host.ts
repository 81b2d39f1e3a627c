import type { Host, TextStream } from "./host.js";
import { createLinesHost } from "./lines.js";

export interface HostChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly color: boolean;
  /** Only warnings and errors. */
  readonly quiet: boolean;
  /** @default "auto": by where the command runs */
  readonly host?: HostName | undefined;
}

/** Views that can be asked for by name. */
export type HostName = "auto" | "github" | "lines";

/** Whether the live view can be drawn: a terminal that knows how to move its cursor, outside of a CI. */
function canDraw(stream: TextStream, env: HostChoice["env"]): boolean {
  return stream.isTTY === true && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
}

/** The view for this stream: a GitHub job's log inside of one, live where it can be drawn, else plain lines. */
export async function chooseHost(stream: TextStream, choice: HostChoice): Promise<Host> {
  const { host = "auto", env } = choice;
  if (host === "github" || (host === "auto" && env["GITHUB_ACTIONS"] === "true")) {
    const { createGithubHost } = await import("./github.js");
    return createGithubHost(stream, { env, verbosity: choice.quiet ? "warnings" : "all" });
  }
  if (choice.quiet) return createLinesHost(stream, { verbosity: "warnings" });
  if (host === "lines" || !canDraw(stream, env)) return createLinesHost(stream);
  // Loaded only here: it costs more than all else that `status` and `check` need.
  const { createTtyHost } = await import("./tty.js");
  return createTtyHost(stream as NodeJS.WriteStream, { color: choice.color });
}
