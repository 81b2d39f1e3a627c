import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { TOKEN_HEADER } from "../cluster/constants.js";

/** What a handler answers. */
export interface HttpReply {
  readonly status: number;
  /** Sent as JSON, or as it is when it is a text or a stream. */
  readonly body: unknown;
}

type GetRoute = (query: URLSearchParams) => HttpReply | Promise<HttpReply>;

export interface HttpRoutes {
  /** Open to all who reach the port. */
  readonly get: Readonly<Record<string, GetRoute>>;
  /** Reads that show data: need the token. */
  readonly guarded?: Readonly<Record<string, GetRoute>>;
  /** Need the token. */
  readonly post: Readonly<Record<string, (body: unknown) => HttpReply | Promise<HttpReply>>>;
}

const BODY_MAX_BYTES = 16 * 1024;

/** Compares in constant time; a missing token never matches. */
export function tokenMatches(given: string | string[] | undefined, token: string): boolean {
  if (typeof given !== "string" || token === "") return false;
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = "";
  request.setEncoding("utf8");
  for await (const part of request) {
    text += String(part);
    if (text.length > BODY_MAX_BYTES) throw new RangeError("body too large");
  }
  return text === "" ? undefined : JSON.parse(text);
}

async function answer(request: IncomingMessage, routes: HttpRoutes, token: () => string): Promise<HttpReply> {
  const { pathname: path, searchParams } = new URL(request.url ?? "/", "http://agent");
  const shown = request.method === "GET" ? routes.get[path] : undefined;
  if (shown) return shown(searchParams);
  const guarded = request.method === "GET" ? routes.guarded?.[path] : undefined;
  if (request.method === "GET" && !guarded) return { status: 404, body: { error: `no such page: ${path}` } };
  if (request.method !== "POST" && !guarded) return { status: 405, body: { error: "GET or POST" } };
  if (!tokenMatches(request.headers[TOKEN_HEADER], token()))
    return { status: 401, body: { error: `needs the ${TOKEN_HEADER} header` } };
  if (guarded) return guarded(searchParams);
  const route = routes.post[path];
  if (!route) return { status: 404, body: { error: `no such call: ${path}` } };
  let body: unknown;
  try {
    body = await readBody(request);
  } catch {
    return { status: 400, body: { error: "the body is not JSON of a sane size" } };
  }
  return route(body);
}

function send(response: ServerResponse, { status, body }: HttpReply): void {
  if (body instanceof Readable) {
    response.writeHead(status, { "content-type": "application/octet-stream" });
    // A file that breaks off must not look whole: the connection ends with it.
    pipeline(body, response, (error) => void (error && response.destroy()));
    return;
  }
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    "content-type": typeof body === "string" ? "text/plain; version=0.0.4" : "application/json",
  });
  response.end(text);
}

/**
 * The agent's HTTP port. Resolves when it listens.
 * @param address to listen on; all of the pod's when left out
 */
export function startHttp(
  address: string | undefined,
  port: number,
  options: { routes: HttpRoutes; token: () => string },
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, options.routes, options.token).then(
      (reply) => send(response, reply),
      (error: unknown) =>
        send(response, { status: 500, body: { error: error instanceof Error ? error.message : String(error) } }),
    );
  });
  server.keepAliveTimeout = 30_000;
  server.requestTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: address }, () => resolve(server));
  });
}
