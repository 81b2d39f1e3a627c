import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentStatus, HandoverResult } from "../../agent/status.js";
import { AGENT_HTTP_PORT } from "../../cluster/constants.js";
import type { AgentClient } from "../../ports/agent-client.js";
import { agentUnreachable } from "../../ports/agent-unreachable.js";
import { hasShape, record, text } from "./check-shape.js";
import { requestHttp } from "./http-request.js";
import type { HttpRequest } from "./http-request.js";
import { isMissing } from "./read-state-file.js";
import { clusterPaths } from "./state-paths.js";

const STATUS_TIMEOUT_MS = 2000;
/** The hand-over's own budget ends it sooner. */
const HANDOVER_TIMEOUT_MS = 120_000;

// What tells one answer of an agent from anything else that may listen there; the agent is of the same package as we are.
function isAgentStatus(value: unknown): value is AgentStatus {
  return hasShape(value, record<Pick<AgentStatus, "pod" | "phase">>({ pod: text, phase: text }));
}

function isHandoverResult(value: unknown): value is HandoverResult {
  return hasShape(value, record<Pick<HandoverResult, "outcome" | "reason">>({ outcome: text, reason: text }));
}

/** Speaks to the agents of a local cluster. */
export function localAgentClient(options: { readonly home: string; readonly name: string }): AgentClient {
  const paths = clusterPaths(options.home, options.name);
  const addressOf = (pod: string): string => {
    try {
      return readFileSync(join(paths.peersDir, pod), "utf8").trim();
    } catch (error) {
      if (isMissing(error)) throw agentUnreachable(pod, "the pod has no address", error);
      throw error;
    }
  };
  const ask = async <T>(
    pod: string,
    isAnswer: (value: unknown) => value is T,
    request: Omit<HttpRequest, "host" | "port">,
  ): Promise<T> => {
    const host = addressOf(pod);
    let body = "";
    try {
      const reply = await requestHttp({ ...request, host, port: AGENT_HTTP_PORT });
      body = reply.body;
      const answer: unknown = JSON.parse(body);
      if (isAnswer(answer)) return answer;
    } catch (error) {
      throw agentUnreachable(pod, error instanceof Error ? error.message : String(error), error);
    }
    throw agentUnreachable(pod, body.trim());
  };
  return {
    status: (pod) => ask(pod, isAgentStatus, { path: "/status", timeoutMs: STATUS_TIMEOUT_MS }),
    handOver: (pod, { to, signal } = {}) =>
      ask(pod, isHandoverResult, {
        path: "/handover",
        method: "POST",
        body: to === undefined ? undefined : JSON.stringify({ to }),
        token: readFileSync(paths.tokenFile, "utf8").trim(),
        timeoutMs: HANDOVER_TIMEOUT_MS,
        signal,
      }),
  };
}
