import { connect, type Socket } from "node:net";
import Parser from "redis-parser";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import { ReplyError } from "./reply-error.js";

export type BinaryCommand = readonly (string | number | Uint8Array)[];

export interface BinaryConnectOptions {
  /** A Unix socket's path, or an address. */
  readonly to: { readonly path: string } | { readonly address: string; readonly port: number };
  readonly password?: string | undefined;
  /** For the connection and for every batch of commands. @default 30_000 */
  readonly timeoutMs?: number;
}

/** A connection that passes bytes as they are: keys and dumped values are no texts. Bulk replies are Buffers. */
export interface BinaryConnection {
  /** @throws ReplyError when the server answers an error; EvenkeelError `NODE_UNREACHABLE` */
  call(...command: BinaryCommand): Promise<unknown>;
  /** Sends all at once; a command that the server refuses gives its ReplyError as its result. */
  pipeline(commands: readonly BinaryCommand[]): Promise<unknown[]>;
  close(): void;
}

function encode(command: BinaryCommand): Buffer[] {
  const parts: Buffer[] = [Buffer.from(`*${command.length}\r\n`)];
  for (const arg of command) {
    const bytes = typeof arg === "object" ? Buffer.from(arg) : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return parts;
}

const place = ({ to }: BinaryConnectOptions): string => ("path" in to ? to.path : `${to.address}:${to.port}`);

function unreachable(options: BinaryConnectOptions, cause: unknown): EvenkeelError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EvenkeelError(`server ${place(options)} cannot be asked: ${why}`, {
    code: "NODE_UNREACHABLE",
    owner: "environment",
    retryable: true,
    details: { place: place(options) },
    cause,
  });
}

function open(options: BinaryConnectOptions, timeoutMs: number): Promise<Socket> {
  const { to } = options;
  return new Promise((resolve, reject) => {
    const socket = connect("path" in to ? { path: to.path } : { host: to.address, port: to.port, noDelay: true });
    const fail = (cause: unknown): void => {
      socket.destroy();
      reject(unreachable(options, cause));
    };
    socket.setTimeout(timeoutMs, () => fail(`no connection within ${timeoutMs} ms`));
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

/**
 * Connects for the transfer of data.
 * @throws EvenkeelError `NODE_UNREACHABLE`; ReplyError when the password is refused
 */
export async function connectBinary(options: BinaryConnectOptions): Promise<BinaryConnection> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const socket = await open(options, timeoutMs);
  const waiting: { resolve(reply: unknown): void; reject(error: Error): void }[] = [];
  let broken: Error | undefined;
  const fail = (cause: unknown): void => {
    broken ??= unreachable(options, cause);
    socket.destroy();
    for (const entry of waiting.splice(0)) entry.reject(broken);
  };
  const parser = new Parser({
    returnBuffers: true,
    returnReply: (reply) => waiting.shift()?.resolve(reply),
    returnError: (error) => waiting.shift()?.resolve(new ReplyError(error.message)),
    returnFatalError: fail,
  });
  socket.on("data", (data) => parser.execute(data));
  socket.on("error", fail);
  socket.on("close", () => fail("connection closed"));

  const pipeline = (commands: readonly BinaryCommand[]): Promise<unknown[]> => {
    if (broken !== undefined) return Promise.reject(broken);
    const replies = commands.map(() => new Promise<unknown>((resolve, reject) => waiting.push({ resolve, reject })));
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.write(Buffer.concat(commands.flatMap(encode)));
    return Promise.all(replies).finally(() => clearTimeout(timer));
  };
  const connection: BinaryConnection = {
    pipeline,
    call: async (...command) => {
      const [reply] = await pipeline([command]);
      if (reply instanceof ReplyError) throw reply;
      return reply;
    },
    close: () => fail("closed by us"),
  };
  if (options.password !== undefined) {
    try {
      await connection.call("AUTH", options.password);
    } catch (error) {
      connection.close();
      throw error;
    }
  }
  return connection;
}
