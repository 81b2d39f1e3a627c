import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectBinary } from "../../../redis/connect-binary.js";
import type { BinaryConnection } from "../../../redis/connect-binary.js";
import type { ServerTemplate } from "../cluster-file.js";
import { recordTrial } from "./trials.js";

/** A server that was started to be asked something, and is ended again. It listens on no port for clients. */
export interface Throwaway {
  readonly connection: BinaryConnection;
  /** The last lines that it said so far. */
  readonly said: () => string;
  /** Ends the process and removes its folder. */
  readonly end: () => Promise<void>;
}

/** Why there is no server: it ended by itself, or did not answer in time. */
export interface ThrowawayRefused {
  /** In the engine's own words where there are any. */
  readonly reason: string;
}

export interface ThrowawayOptions {
  /** Lines of its configuration; they are passed on its standard input, so that no secret touches a disk. */
  readonly config: (folder: string) => readonly string[];
  readonly trialsDir: string;
  /** How long it may take until it answers at all. */
  readonly answerWithinMs: number;
  readonly password?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LOOK_EVERY_MS = 20;
const END_GRACE_MS = 2000;
const SAID_MAX = 20_000;
const SAID_LINES = 4;

/** The lines worth telling: without the banner, and without the time and process at the beginning of a log line. */
export function lastWords(text: string, password?: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [.*#-] /u, "").trim())
    .filter((line) => line !== "" && /[\p{L}\d]{2}/u.test(line) && !/^[_.`'|,\s-]/u.test(line));
  const said = lines.slice(-SAID_LINES).join("\n");
  return password === undefined || password === "" ? said : said.replaceAll(password, "***");
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // The whole session: an engine may be a script that started the real program.
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}

/**
 * Starts a throwaway server on a Unix socket in a folder of its own and waits until it answers PING (an error such as
 * LOADING is an answer too).
 */
export async function startThrowaway(
  { server }: Pick<ServerTemplate, "server">,
  options: ThrowawayOptions,
): Promise<Throwaway | ThrowawayRefused> {
  const { answerWithinMs, password, signal } = options;
  signal?.throwIfAborted();
  // Not under the cluster's folder: the path of a socket may have 107 bytes at most.
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-try-"));
  const socket = join(folder, "s");
  const [program = "", ...args] = server;
  const child = spawn(program, [...args, "-"], { cwd: folder, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const forget = recordTrial(options.trialsDir, child.pid, folder);
  let text = "";
  let ended: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      ended = `it could not be started: ${error.message}`;
      resolve();
    });
    // `close` comes after the last output, `exit` may come before it.
    child.once("close", (code, killed) => {
      ended ??= killed === null ? `it exited with code ${code}` : `it was killed by ${killed}`;
      resolve();
    });
  });
  const keep = (chunk: Buffer): void => void (text = (text + chunk.toString("utf8")).slice(-SAID_MAX));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.stdin.on("error", () => undefined);
  child.stdin.end(
    `${[...options.config(folder), "port 0", `unixsocket "${socket}"`, "unixsocketperm 700", "daemonize no", 'logfile ""'].join("\n")}\n`,
  );
  const end = async (): Promise<void> => {
    signalGroup(child, "SIGTERM");
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), END_GRACE_MS);
    await gone;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
    forget();
  };
  const said = (): string => lastWords(text, password);
  try {
    const endsAt = performance.now() + answerWithinMs;
    for (;;) {
      signal?.throwIfAborted();
      if (ended !== undefined) break;
      const connection = await answering(socket, password);
      if (connection !== undefined) {
        return { connection, said, end: () => (connection.close(), end()) };
      }
      if (performance.now() > endsAt) break;
      await sleep(LOOK_EVERY_MS);
    }
  } catch (error) {
    await end();
    throw error;
  }
  const why = ended ?? `it did not answer within ${answerWithinMs / 1000} s`;
  await end();
  return { reason: said() === "" ? why : `${why}. It said:\n${said()}` };
}

/** A connection over which the server answered, be it that it is loading; undefined while there is nobody. */
async function answering(path: string, password: string | undefined): Promise<BinaryConnection | undefined> {
  try {
    const connection = await connectBinary({ to: { path }, password, timeoutMs: 2000 });
    await connection.pipeline([["PING"]]);
    return connection;
  } catch {
    return undefined;
  }
}
