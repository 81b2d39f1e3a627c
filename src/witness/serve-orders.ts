import { timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { EvenkeelError } from "../errors/evenkeel-error.js";
import type { WitnessConfig } from "./witness-config.js";

export interface WitnessOrders {
  /** End the load, read everything back, report. */
  readonly finish: () => void;
  /** End at once. */
  readonly abort: () => void;
}

/** Looks at the clock more often than any sensible limit is long. */
const LOOK_MS = 1000;

/**
 * Takes `POST /finish`, `POST /abort` and `POST /follow` (somebody still reads) from whoever has the token. A witness that nobody
 * follows any more ends by itself.
 * @throws EvenkeelError `WITNESS_CONFIG` without a token file
 */
export async function serveOrders(
  config: Pick<WitnessConfig, "controlPort" | "tokenFile" | "aloneSeconds">,
  orders: WitnessOrders,
): Promise<void> {
  const token = await readToken(config.tokenFile);
  let followedMs = performance.now();
  const answers: Readonly<Record<string, () => void>> = {
    "/follow": () => (followedMs = performance.now()),
    "/finish": orders.finish,
    // After the answer is out.
    "/abort": () => setTimeout(orders.abort, 50),
  };
  const server = createServer((request, response) => {
    const order = request.method === "POST" ? answers[request.url ?? ""] : undefined;
    const refused = order === undefined ? 404 : isToken(request.headers["x-evenkeel-token"], token) ? undefined : 401;
    if (refused === undefined) order?.();
    response.writeHead(refused ?? 200, { "content-type": "application/json" });
    response.end(JSON.stringify(refused === undefined ? {} : { error: refused === 401 ? "token" : "no such order" }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.controlPort, "0.0.0.0", resolve);
  });
  setInterval(() => {
    if (performance.now() - followedMs > config.aloneSeconds * 1000) orders.finish();
  }, LOOK_MS).unref();
}

async function readToken(file: string | undefined): Promise<string> {
  const token = file === undefined ? "" : (await readFile(file, "utf8")).trim();
  if (token !== "") return token;
  throw new EvenkeelError("orders by HTTP need a token", {
    code: "WITNESS_CONFIG",
    owner: "user",
    hint: "name a file that holds it as tokenFile",
  });
}

function isToken(given: string | string[] | undefined, token: string): boolean {
  const [one, other] = [Buffer.from(String(given ?? "")), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
