import type { IncomingMessage } from "node:http";
import { AGENT_HTTP_PORT, TOKEN_HEADER } from "../../../cluster/constants.js";
import { EvenkeelError, isEvenkeelError } from "../../../errors/evenkeel-error.js";
import { agentUnreachable } from "../../../ports/agent-unreachable.js";
import type { KubeApi } from "../api/connect.js";
import { readBody } from "../api/transport.js";

export interface AgentCall {
  readonly path: string;
  /** Present: POST with this body as JSON. Absent: GET. */
  readonly body?: unknown;
  /** 0: no limit. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Speaks to the agents through the API server, which reaches every pod; nobody else needs a route to them. */
export interface AgentCaller {
  /** @throws EvenkeelError `AGENT_UNREACHABLE`, `AGENT_REFUSED` */
  json<Reply>(pod: string, call: AgentCall): Promise<Reply>;
  /** The answer's body as it comes. */
  stream(pod: string, call: AgentCall): Promise<IncomingMessage>;
}

/** The API server answers with a `Status` of its own when it does not come through to the pod. */
function proxyMessage(body: string): { readonly message: string; readonly status: number } | undefined {
  try {
    const status = JSON.parse(body) as { kind?: unknown; message?: unknown; code?: unknown };
    if (status.kind !== "Status" || typeof status.message !== "string") return undefined;
    return { message: status.message, status: Number(status.code) };
  } catch {
    return undefined;
  }
}

function refusal(pod: string, path: string, { status, body }: { status: number; body: string }): EvenkeelError {
  const said = proxyMessage(body);
  if (said !== undefined && (status === 403 || status === 401)) {
    return new EvenkeelError(`Kubernetes does not let this account reach the agent of ${pod}: ${said.message}`, {
      code: "KUBERNETES_FORBIDDEN",
      owner: "user",
      hint: "evenkeel rbac prints the rights it needs: evenkeel rbac | kubectl apply -f -",
      details: { pod, status },
    });
  }
  if (said !== undefined) return agentUnreachable(pod, said.message);
  // Errors that the API server makes on its way to the pod are plain texts.
  if (status >= 502) return agentUnreachable(pod, body.trim().slice(0, 200));
  return new EvenkeelError(`the agent of ${pod} refused ${path}: ${status} ${body.trim().slice(0, 300)}`, {
    code: "AGENT_REFUSED",
    owner: "environment",
    details: { pod, status },
  });
}

/** @param token of the release's agents; asked for at every call that may need it, because a Secret may be renewed */
export function createAgentCaller(api: KubeApi, token: () => Promise<string | undefined>): AgentCaller {
  const open = async (pod: string, { path, body, timeoutMs, signal }: AgentCall): Promise<IncomingMessage> => {
    const secret = await token();
    try {
      return await api.open(`/api/v1/namespaces/${api.namespace}/pods/${pod}:${AGENT_HTTP_PORT}/proxy${path}`, {
        method: body === undefined ? "GET" : "POST",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(secret === undefined ? {} : { [TOKEN_HEADER]: secret }),
        },
        timeoutMs,
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw agentUnreachable(pod, error instanceof Error ? error.message : String(error), error);
    }
  };
  const stream = async (pod: string, call: AgentCall): Promise<IncomingMessage> => {
    const response = await open(pod, call);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status <= 299) return response;
    throw refusal(pod, call.path, { status, body: (await readBody(response)).toString("utf8") });
  };
  return {
    stream,
    json: async (pod, call) => {
      const response = await stream(pod, call);
      try {
        return JSON.parse((await readBody(response)).toString("utf8")) as never;
      } catch (error) {
        if (isEvenkeelError(error)) throw error;
        throw agentUnreachable(pod, error instanceof Error ? error.message : String(error), error);
      }
    },
  };
}
