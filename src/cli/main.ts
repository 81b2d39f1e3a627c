import { EXIT } from "../errors/evenkeel-error.js";
import { catchSignals } from "./catch-signals.js";
import { createProcessIo, type Io } from "./io.js";
import { createOutput } from "./output.js";
import type { Invocation } from "./parse-argv.js";
import { parseCheck } from "./parse-check.js";
import { readVersion } from "./read-version.js";
import type { Session } from "./session.js";

const STOPPING = "stopping where it is safe; Ctrl-C again leaves now";

async function parse({ argv, io, stdout }: Session): Promise<Invocation> {
  const check = parseCheck(argv);
  if (check !== undefined) return check;
  const { parseArgv } = await import("./parse-argv.js");
  const columns = io.stdout.columns ?? 80;
  return parseArgv(argv, { version: readVersion(), writeOut: (text) => stdout.write(text), columns });
}

// `--help` and `--version` need neither commands, views nor errors: those are loaded when they are.
async function answer(session: Session, signal: AbortSignal): Promise<number> {
  const { stdout } = session;
  try {
    const asked = await parse(session);
    if (asked.kind === "printed") return EXIT.done;
    const { runCommand } = await import("./run-command.js");
    const code = await runCommand(asked, session, signal);
    await stdout.flush();
    if (stdout.failure !== undefined) throw stdout.failure;
    return code;
  } catch (error) {
    const { reportError } = await import("./report-error.js");
    return reportError(error, session);
  }
}

/**
 * The command line, from its arguments to its exit code. Never throws; leaves the process by itself only at a second
 * Ctrl-C.
 * @param argv arguments without the program
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const session: Session = { argv, io, stdout: createOutput(io.stdout), stderr: createOutput(io.stderr) };
  const caught = catchSignals(io, {
    onFirst: () => {
      if (session.recorder === undefined) session.stderr.write(`${STOPPING}\n`);
      else session.recorder.emit("WARNING", STOPPING, { reason: "interrupted" });
    },
    onSecond: () => session.view?.close(),
  });
  const exitCode = await answer(session, caught.signal);
  caught.release();
  await Promise.all([session.stdout.flush(), session.stderr.flush()]);
  session.stdout.release();
  session.stderr.release();
  return exitCode;
}

/** `main` for this very process. */
export function runProcess(): Promise<number> {
  return main(process.argv.slice(2), createProcessIo());
}
