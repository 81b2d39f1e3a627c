import type { Socket } from "node:net";
import Parser from "redis-parser";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import { type EncodedCommands, encodeCommands } from "./encode.js";
import { openSocket, type TlsSettings } from "./open-socket.js";
import { ReplyError } from "./reply-error.js";

export type Command = readonly (string | number)[];

/** What a node wants to see before it answers. */
export interface Login {
  /** User to log in as; the default user when left out. */
  readonly user?: string | undefined;
  /** Password of that user. */
  readonly password?: string | undefined;
  /** Speaks TLS with these certificates. */
  readonly tls?: TlsSettings | undefined;
}

export interface ConnectOptions extends Login {
  readonly address: string;
  readonly port: number;
  /** Where to dial instead of `address`, which the connection goes on to be called by: a pod's own server is on loopback. */
  readonly via?: string | undefined;
  /** For the connection and for every command. */
  readonly timeoutMs?: number;
  /** Address to connect from; the system chooses when left out. */
  readonly localAddress?: string | undefined;
}

/** One connection to one node: no retry, no redirection, no reconnection. What it says is what the node said. */
export interface NodeConnection {
  readonly address: string;
  readonly port: number;
  readonly closed: boolean;
  /** @throws ReplyError when the node answers an error; EvenkeelError `NODE_UNREACHABLE` when it does not answer */
  call(...command: Command): Promise<unknown>;
  /** Sends all at once; a command that the node refuses gives its ReplyError as its result. */
  pipeline(commands: readonly Command[]): Promise<unknown[]>;
  /** The same, of commands that are asked of many nodes and were encoded once. */
  send(commands: EncodedCommands): Promise<unknown[]>;
  close(): void;
}

type UnreachableKind = "refused" | "timeout" | "auth" | "loading" | "error";

/** The error of a node that could not be asked; `details.kind` says in which way. */
export function unreachable(address: string, port: number, kind: UnreachableKind, cause: unknown): EvenkeelError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EvenkeelError(`node ${address}:${port} cannot be asked: ${why}`, {
    code: "NODE_UNREACHABLE",
    owner: "environment",
    retryable: kind !== "auth",
    hint: kind === "auth" ? "give the cluster's password with --password-file" : undefined,
    details: { address, port, kind },
    cause,
  });
}

interface Waiting {
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

async function dial(options: ConnectOptions, timeoutMs: number, parser: Parser): Promise<Socket> {
  const { address, port } = options;
  try {
    const onData = (chunk: Buffer): void => parser.execute(chunk);
    return await openSocket({ ...options, host: options.via ?? address, timeoutMs, onData });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const kind = code === "ECONNREFUSED" ? "refused" : code === "ETIMEDOUT" ? "timeout" : "error";
    throw unreachable(address, port, kind, error);
  }
}

/**
 * Connects to one node and authenticates.
 * @throws EvenkeelError `NODE_UNREACHABLE` with `details.kind`: refused, timeout, auth, error
 */
export async function connectNode(options: ConnectOptions): Promise<NodeConnection> {
  const { address, port } = options;
  const timeoutMs = options.timeoutMs ?? 2000;
  const waiting: Waiting[] = [];
  const parser = new Parser({
    returnReply: (reply) => waiting.shift()?.resolve(reply),
    returnError: (error) => waiting.shift()?.resolve(new ReplyError(error.message)),
    returnFatalError: (error) => fail(unreachable(address, port, "error", error)),
  });
  const socket = await dial(options, timeoutMs, parser);
  let closed = false;

  const fail = (error: Error): void => {
    closed = true;
    socket.destroy();
    for (const entry of waiting.splice(0)) entry.reject(error);
  };
  socket.on("error", (error) => fail(unreachable(address, port, "error", error)));
  socket.on("close", () => fail(unreachable(address, port, "error", "connection closed")));

  const send = ({ count, text }: EncodedCommands): Promise<unknown[]> => {
    if (closed) return Promise.reject(unreachable(address, port, "error", "connection closed"));
    const wait = (): Promise<unknown> => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    const replies = Array.from({ length: count }, wait);
    const timer = setTimeout(
      () => fail(unreachable(address, port, "timeout", `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.write(text);
    return Promise.all(replies).finally(() => clearTimeout(timer));
  };
  const connection: NodeConnection = {
    address,
    port,
    get closed() {
      return closed;
    },
    call: async (...command) => {
      const [reply] = await send(encodeCommands([command]));
      if (reply instanceof ReplyError) throw reply;
      return reply;
    },
    pipeline: (commands) => send(encodeCommands(commands)),
    send,
    close: () => {
      closed = true;
      socket.removeAllListeners("close");
      socket.destroy();
      for (const entry of waiting.splice(0)) entry.reject(unreachable(address, port, "error", "connection closed"));
    },
  };
  if (options.password !== undefined) await authenticate(connection, options);
  return connection;
}

async function authenticate(connection: NodeConnection, { user, password = "" }: ConnectOptions): Promise<void> {
  try {
    await connection.call("AUTH", ...(user === undefined ? [] : [user]), password);
  } catch (error) {
    connection.close();
    if (error instanceof ReplyError) throw unreachable(connection.address, connection.port, "auth", error);
    throw error;
  }
}
