import { AGENT_HTTP_PORT } from "../../../cluster/constants.js";
import { hasShape, record, text } from "../check-shape.js";
import { requestHttp } from "../http-request.js";

const agentWords = record<{ phase: string; reason: string }>({ phase: text, reason: text });

/** What an agent says it is at, in a few words; empty when it says nothing. */
export async function describeAgent(address: string, signal: AbortSignal): Promise<string> {
  try {
    const reply = await requestHttp({ host: address, port: AGENT_HTTP_PORT, path: "/status", timeoutMs: 1000, signal });
    const answer: unknown = JSON.parse(reply.body);
    if (!hasShape(answer, agentWords)) return "";
    return answer.reason === "" ? answer.phase : `${answer.phase}: ${answer.reason}`;
  } catch {
    return "";
  }
}
