import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestListener } from "node:http";
import { TOKEN_HEADER } from "../../../cluster/constants.js";

/** An answer of the control API. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What the control API can be asked; each returns its answer. */
export interface ControlActions {
  readonly status: () => unknown;
  readonly replace: (uid: string) => ControlAnswer;
  readonly stop: (handover: boolean) => ControlAnswer;
  readonly start: () => ControlAnswer;
  readonly restartContainer: () => ControlAnswer;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

// Hashes have one length, which timingSafeEqual needs, and give the token's own away to nobody.
function sameToken(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function act(url: URL, actions: ControlActions): ControlAnswer {
  switch (url.pathname) {
    case "/replace":
      return actions.replace(url.searchParams.get("uid") ?? "");
    case "/stop":
      return actions.stop(url.searchParams.get("handover") !== "false");
    case "/start":
      return actions.start();
    case "/restart-container":
      return actions.restartContainer();
    default:
      return { status: 404, body: { error: `no such thing: ${url.pathname}` } };
  }
}

/** The HTTP side of a kubelet: `GET /status` for everybody; everything that changes the pod needs the token (401 without). */
export function controlApi(token: string, actions: ControlActions): RequestListener {
  const answer = async (method: string, url: URL, given: string): Promise<ControlAnswer> => {
    if (method === "GET") {
      if (url.pathname === "/status") return { status: 200, body: actions.status() };
      return { status: 404, body: { error: `no such thing: ${url.pathname}` } };
    }
    if (method !== "POST") return { status: 405, body: { error: "GET or POST" } };
    if (!sameToken(given, token)) return { status: 401, body: { error: `${TOKEN_HEADER} is missing or wrong` } };
    return act(url, actions);
  };
  return (request, response) => {
    const given = request.headers[TOKEN_HEADER];
    request.resume();
    answer(
      request.method ?? "",
      new URL(request.url ?? "/", "http://kubelet"),
      typeof given === "string" ? given : "",
    ).then(
      ({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(`${JSON.stringify(body)}\n`);
      },
      (error: unknown) => {
        response.writeHead(500, { "content-type": "application/json" });
        response.end(`${JSON.stringify({ error: String(error) })}\n`);
      },
    );
  };
}
