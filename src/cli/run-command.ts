import { resolve } from "node:path";
import type { EventSink } from "../ports/event-sink.js";
import { EXIT } from "../errors/evenkeel-error.js";
import { createRecorder, type Recorder } from "../events/recorder.js";
import { chooseHost } from "../hosts/choose-host.js";
import { createNdjsonHost } from "../hosts/ndjson.js";
import type { CommandContext, FlushableSink } from "./context.js";
import { isAbort, toEvenkeelError } from "./explain-error.js";
import { toJsonText } from "./output.js";
import type { Invocation } from "./parse-argv.js";
import { requirePlatform } from "./require-platform.js";
import { readVersion } from "./read-version.js";
import { isColored, reportError } from "./report-error.js";
import type { Session } from "./session.js";

/** Eight letters and digits. It need not be a secret, and node:crypto takes longer to load than some commands to run. */
function randomName(): string {
  return Math.floor(Math.random() * 36 ** 8)
    .toString(36)
    .padStart(8, "0");
}

type Asked = Extract<Invocation, { kind: "command" }>;

interface Around {
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
  readonly addSink: CommandContext["addSink"];
}

function createContext(asked: Asked, session: Session, { recorder, signal, addSink }: Around): CommandContext {
  const { io, stdout } = session;
  const { name, platform, kubernetes, output, quiet } = asked.options;
  return {
    io,
    home: resolve(io.cwd, io.env["EVENKEEL_HOME"] || ".evenkeel"),
    name,
    platform,
    kubernetes,
    output,
    quiet,
    color: isColored(session, io.stdout),
    signal,
    recorder,
    addSink,
    mask: (secret) => session.view?.mask?.(secret),
    write: (text) => stdout.write(text),
    printResult: (text, result) => {
      recorder.emit("RESULT", `result of ${asked.command}`, { result });
      session.view?.close();
      stdout.write(output === "json" ? toJsonText(result) : text);
    },
  };
}

/** What became of a command that threw: its error told, its exit code. */
function settle(thrown: unknown, session: Session, recorder: Recorder, signal: AbortSignal): number {
  session.view?.close();
  if (isAbort(thrown, signal)) return EXIT.interrupted;
  const error = toEvenkeelError(thrown);
  const { code, owner, retryable, hint, details } = error;
  recorder.emit("ERROR", error.message, { code, owner, retryable, details, ...(hint === undefined ? {} : { hint }) });
  const exitCode = reportError(error, session);
  return signal.aborted ? EXIT.interrupted : exitCode;
}

/**
 * Runs a command with its view, its recording and its context. What it throws becomes an exit code.
 * @throws EvenkeelError `EVENTS_FILE_UNWRITABLE`, before the command began
 */
export async function runCommand(asked: Asked, session: Session, signal: AbortSignal): Promise<number> {
  const { io } = session;
  const { command, live, options } = asked;
  const file = options.events === undefined ? [] : [createNdjsonHost(resolve(io.cwd, options.events))];
  const quiet = options.quiet || !live;
  const view = await chooseHost(io.stderr, {
    env: io.env,
    color: isColored(session, io.stderr),
    quiet,
    host: options.host,
  });
  const hosts = [view, ...file];
  const added: FlushableSink[] = [];
  const sinks: EventSink[] = [...hosts];
  const addSink = (sink: FlushableSink): void => {
    added.push(sink);
    sinks.push(sink);
  };
  const recorder = createRecorder({ run: `${command}-${randomName()}`, sinks });
  Object.assign(session, { view, recorder });
  const span = recorder.span("");
  let exitCode: number = EXIT.failed;
  try {
    recorder.emit("RUN_STARTED", `${command} began`, {
      command,
      // Read from a file: only where somebody listens.
      get version() {
        return readVersion();
      },
      processId: process.pid,
    });
    requirePlatform(command, options.platform);
    exitCode = await asked.run(createContext(asked, session, { recorder, signal, addSink }));
  } catch (thrown) {
    exitCode = settle(thrown, session, recorder, signal);
  }
  span.finish("RUN_FINISHED", `${command} ended with exit code ${exitCode}`, { command, exitCode });
  for (const host of hosts) host.close();
  await Promise.all(added.map((sink) => sink.flush()));
  return exitCode;
}
