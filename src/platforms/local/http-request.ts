import { TOKEN_HEADER } from "../../cluster/constants.js";

/** An answer, read to its end. */
export interface HttpReply {
  readonly status: number;
  readonly body: string;
}

/** One request on a connection of its own. */
export interface HttpRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly token?: string;
  /** JSON text. */
  readonly body?: string | undefined;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one HTTP request and reads the whole answer. node:http and no kept connection: `fetch` would load a client of
 * several megabytes into every kubelet, and a kept connection to an agent that was replaced fails once for nothing.
 * node:http itself takes 10 ms to load, so commands that ask only the servers do not load it.
 *
 * @throws Error when there is no connection, it was cut, or the time is over
 */
export async function requestHttp(options: HttpRequest): Promise<HttpReply> {
  const { host, port, path, method = "GET", token, body, timeoutMs, signal } = options;
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host,
        port,
        path,
        method,
        agent: false,
        headers: {
          ...(token === undefined ? {} : { [TOKEN_HEADER]: token }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(signal === undefined ? {} : { signal }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          clearTimeout(timer);
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
        });
      },
    );
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer from http://${host}:${port}${path} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    outgoing.on("error", reject);
    outgoing.on("close", () => clearTimeout(timer));
    outgoing.end(body);
  });
}
