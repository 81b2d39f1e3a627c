import { connect, type Socket } from "node:net";

/** Certificates as PEM texts. */
export interface TlsSettings {
  /** Authorities that the server's certificate must come from. */
  readonly ca: string;
  /** Own certificate and key, for servers that ask for one. */
  readonly cert?: string;
  readonly key?: string;
  /** Name that the server's certificate must carry; without it only the authority is checked. */
  readonly serverName?: string;
}

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly localAddress?: string | undefined;
  readonly tls?: TlsSettings | undefined;
  /** Handed what comes, as it comes. */
  readonly onData: (chunk: Buffer) => void;
}

/** One for all: what was read into it is copied out before anybody else reads. */
const READ_INTO = Buffer.allocUnsafeSlow(65_536);

/** A pod's address is in no certificate: unless a name was given, an authority of our own is what proves the peer. */
function secure({ ca, cert, key, serverName }: TlsSettings): object {
  return {
    ca,
    ...(cert === undefined ? {} : { cert, key }),
    ...(serverName === undefined ? { checkServerIdentity: () => undefined } : { servername: serverName }),
  };
}

/**
 * Opens a connection, with TLS where settings for it are given; resolves when bytes may be sent.
 * @throws the socket's own error, or one with code `ETIMEDOUT`
 */
export async function openSocket({ host, port, timeoutMs, localAddress, tls, onData }: SocketOptions): Promise<Socket> {
  // It takes as long to load as a whole check takes to run, and most connections do without.
  const secured = tls && { connect: (await import("node:tls")).connect, options: secure(tls) };
  return new Promise((resolve, reject) => {
    // Past the machinery of a readable stream, which took a tenth of what `check` does beyond its start.
    const onread = {
      buffer: READ_INTO,
      callback: (length: number): boolean => {
        onData(Buffer.from(READ_INTO.subarray(0, length)));
        return true;
      },
    };
    const plain = { host, port, noDelay: true, ...(localAddress ? { localAddress } : {}) };
    const socket = secured ? secured.connect({ ...plain, ...secured.options }) : connect({ ...plain, onread });
    if (secured) socket.on("data", onData);
    const timer = setTimeout(() => {
      fail(Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: "ETIMEDOUT" }));
    }, timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    socket.once(secured ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
