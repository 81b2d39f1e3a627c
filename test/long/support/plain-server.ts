import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineBinary } from "../../../src/platforms/local/engines/engine-binary.js";
import { type Command, connectNode } from "../../../src/redis/connect-node.js";

export const PORT = 6379;

/** How a start ended: up, or the words with which the server gave up. */
export type StartOutcome = { readonly up: true } | { readonly up: false; readonly reason: string };

/** One server process with a folder, no agent beside it. */
export interface PlainServer {
  readonly address: string;
  readonly folder: string;
  /** Starts an engine on what is in the folder. Any engine: that is the point. */
  start(engine: EngineBinary, options?: readonly string[]): Promise<StartOutcome>;
  /** Ends it cleanly; `save` writes dump.rdb first. */
  stop(how: "save" | "nosave"): Promise<void>;
  kill(): Promise<void>;
  alive(): boolean;
  /** One command, on a connection of its own. */
  call(...command: Command): Promise<unknown>;
  /** Sends all; a command that is refused throws. */
  write(commands: readonly Command[]): Promise<void>;
  /** Removes files of the data folder, by name. */
  remove(...names: readonly string[]): void;
  /** What was logged since the last start. */
  log(): string;
}

const START_MS = 10_000;

/** The last words of a server that gave up, without the time stamps. */
function lastWords(log: string): string {
  // Valkey panics on what Redis exits with; its report of a panic may crash by itself.
  const panic = /Guru Meditation: ([^"\n]*[^"\s])|crashed by signal: \d+/.exec(log);
  if (panic) return panic[1] ?? panic[0];
  const lines = log
    .split("\n")
    .filter((line) => /#|FATAL|ERROR/.test(line))
    .map((line) => line.replace(/^.*? [#*] /, "").trim())
    .filter(
      (line) =>
        line !== "" &&
        !/overcommit|Redis is starting|Valkey is starting|oO0|Warning:|version=|Configuration loaded|Server initialized/i.test(
          line,
        ),
    );
  return [...new Set(lines)].slice(-3).join("; ");
}

/** A server at an address; nothing runs until `start`. */
export function plainServer(address: string, folder: string): PlainServer {
  mkdirSync(folder, { recursive: true });
  const logFile = `${folder}.log`;
  let child: ChildProcess | undefined;
  let ended = Promise.resolve();
  let logFrom = 0;

  const alive = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  const log = (): string => readFileSync(logFile).subarray(logFrom).toString("utf8");
  const call = async (...command: Command): Promise<unknown> => {
    const connection = await connectNode({ address, port: PORT, timeoutMs: 5000 });
    try {
      return await connection.call(...command);
    } finally {
      connection.close();
    }
  };
  const answers = async (): Promise<boolean> => {
    const reply = await call("PING").catch((error: Error) => error.message);
    return typeof reply === "string" && /^(PONG|MASTERDOWN)/.test(reply);
  };

  return {
    address,
    folder,
    alive,
    log,
    call,
    async start(engine, options = []) {
      const output = openSync(logFile, "a");
      logFrom = statSync(logFile).size;
      const [program = "", ...prefix] = engine.server;
      const place = [
        "--bind",
        address,
        "--bind-source-addr",
        address,
        "--port",
        String(PORT),
        "--dir",
        folder,
        "--protected-mode",
        "no",
      ];
      child = spawn(program, [...prefix, ...place, ...options], { stdio: ["ignore", output, output] });
      closeSync(output);
      const started = child;
      ended = new Promise((resolve) => started.once("exit", () => resolve()));
      const deadline = performance.now() + START_MS;
      while (alive()) {
        if (await answers()) return { up: true };
        if (performance.now() > deadline) throw new Error(`${engine.engine} ${engine.version} at ${address}: no PONG`);
        await sleep(20);
      }
      return { up: false, reason: lastWords(log()) };
    },
    async stop(how) {
      if (!alive()) return;
      // The connection is cut instead of an answer.
      await call("SHUTDOWN", how).catch(() => undefined);
      await Promise.race([ended, sleep(10_000)]);
      if (alive()) throw new Error(`${address} does not stop: ${lastWords(log())}`);
    },
    async kill() {
      if (alive()) child?.kill("SIGKILL");
      await ended;
    },
    async write(commands) {
      const connection = await connectNode({ address, port: PORT, timeoutMs: 5000 });
      try {
        for (const reply of await connection.pipeline(commands)) if (reply instanceof Error) throw reply;
      } finally {
        connection.close();
      }
    },
    remove(...names) {
      for (const name of names) rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}
