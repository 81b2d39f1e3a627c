import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, type AgentOptions, request as requestHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { unreachableApi } from "./api-error.js";

export interface TransportRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** As the kubeconfig demands it: certificates, a proxy. */
  readonly agent: HttpAgent | undefined;
  /** From the call to the end of the answer; 0: no limit. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const kept = new Map<string, HttpAgent>();

/**
 * The client library makes an agent, and with it a TLS handshake, for every call. One that is kept alive makes a look at the pods
 * cost a round trip. Agents of proxies are used as they are.
 */
function keepAlive(agent: HttpAgent | undefined, secure: boolean): HttpAgent | undefined {
  if (agent?.constructor !== HttpsAgent && agent?.constructor !== HttpAgent) return agent;
  const given = (agent as HttpAgent & { readonly options?: AgentOptions }).options ?? {};
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = given;
  const options = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  const name = JSON.stringify([secure, ...Object.values(options).map(String)]);
  const known = kept.get(name);
  if (known) return known;
  const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const made = secure
    ? new HttpsAgent({ ...set, keepAlive: true, maxSockets: 32 })
    : new HttpAgent({ keepAlive: true, maxSockets: 32 });
  kept.set(name, made);
  return made;
}

/**
 * Sends a request to the API server and resolves with its answer as soon as its head is there.
 * @throws EvenkeelError `KUBERNETES_UNREACHABLE`; the signal's reason
 */
export function openRequest(call: TransportRequest): Promise<IncomingMessage> {
  const { url, method, body, signal, timeoutMs } = call;
  const secure = url.startsWith("https:");
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = (secure ? requestHttps : requestHttp)(url, {
      method,
      headers: { ...call.headers, ...length },
      agent: keepAlive(call.agent, secure),
      ...(signal === undefined ? {} : { signal }),
    });
    const timer =
      timeoutMs === 0
        ? undefined
        : setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    sent.once("response", (response) => {
      response.once("close", () => clearTimeout(timer));
      resolve(response);
    });
    sent.once("error", (error) => {
      clearTimeout(timer);
      reject(signal?.aborted === true ? signal.reason : unreachableApi(new URL(url).host, error));
    });
    sent.end(body);
  });
}

/** Pauses between the tries of a read. An API server that is being replaced is back in seconds. */
const AGAIN_MS = [250, 500, 1000, 2000, 4000, 8000];

/**
 * As {@link openRequest}; a read that nobody answers, or that the API server is too busy for, is tried again: a change that takes
 * minutes must not fail because of one look.
 */
export async function openPatiently(call: TransportRequest): Promise<IncomingMessage> {
  for (const pauseMs of AGAIN_MS) {
    try {
      const response = await openRequest(call);
      const status = response.statusCode ?? 0;
      if (call.method !== "GET" || (status < 500 && status !== 429)) return response;
      response.resume();
    } catch (error) {
      if (call.method !== "GET" || call.signal?.aborted) throw error;
    }
    await sleep(pauseMs, undefined, call.signal ? { signal: call.signal } : {});
  }
  return openRequest(call);
}

/** The whole body of an answer. */
export async function readBody(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
