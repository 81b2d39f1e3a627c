import { Agent, request } from "node:http";
import { TOKEN_HEADER } from "../cluster/constants.js";
import { EvenkeelError } from "../errors/evenkeel-error.js";

export interface AgentRequest {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** Present: POST with this body as JSON. Absent: GET. */
  readonly body?: unknown;
  readonly token?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const keepAlive = new Agent({ keepAlive: true, maxSockets: 4 });

function unreachable(call: AgentRequest, why: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError(`agent at ${call.address}:${call.port} does not answer ${call.path}: ${why}`, {
    code: "AGENT_UNREACHABLE",
    owner: "environment",
    retryable: true,
    cause,
  });
}

/**
 * One call to an agent's HTTP port.
 * @throws EvenkeelError `AGENT_UNREACHABLE`; `AGENT_REFUSED` when the answer is not 2xx
 */
export function requestJson<Reply>(call: AgentRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const text = call.body === undefined ? undefined : JSON.stringify(call.body);
    const sent = request(
      {
        host: call.address,
        port: call.port,
        path: call.path,
        method: text === undefined ? "GET" : "POST",
        agent: keepAlive,
        timeout: call.timeoutMs,
        signal: call.signal,
        headers: {
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
          ...(call.token === undefined ? {} : { [TOKEN_HEADER]: call.token }),
        },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (body += part));
        response.on("error", (error) => reject(unreachable(call, error.message, error)));
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status < 200 || status > 299) {
            reject(
              new EvenkeelError(
                `agent at ${call.address}:${call.port} refused ${call.path}: ${status} ${body.trim().slice(0, 300)}`,
                {
                  code: "AGENT_REFUSED",
                  owner: "environment",
                  details: { status },
                },
              ),
            );
            return;
          }
          try {
            resolve(JSON.parse(body) as Reply);
          } catch (error) {
            reject(unreachable(call, "the answer is not JSON", error));
          }
        });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${call.timeoutMs} ms`)));
    sent.on("error", (error) => reject(unreachable(call, error.message, error)));
    sent.end(text);
  });
}
