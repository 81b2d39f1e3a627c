import { AGENT_HTTP_PORT } from "../../../cluster/constants.js";
import { flag, hasShape, listOf, record, text } from "../check-shape.js";
import { requestHttp } from "../http-request.js";

const agentWords = record<{ phase: string; reason: string }>({ phase: text, reason: text });

const readyWords = record<{ conditions: readonly { name: string; holds: boolean; reason: string }[] }>({
  conditions: listOf(
    record<{ name: string; holds: boolean; reason: string }>({ name: text, holds: flag, reason: text }),
  ),
});

/**
 * Asks an agent whether its pod is ready.
 *
 * @returns the status code, 0 when there is no answer, and the first thing that is missing
 */
export async function askReady(
  address: string,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly missing: string }> {
  try {
    const reply = await requestHttp({ host: address, port: AGENT_HTTP_PORT, path: "/ready", timeoutMs: 1000, signal });
    const answer: unknown = reply.status === 200 ? undefined : JSON.parse(reply.body);
    const missing = hasShape(answer, readyWords) ? answer.conditions.find(({ holds }) => !holds) : undefined;
    return { code: reply.status, missing: missing === undefined ? "" : `${missing.name}: ${missing.reason}` };
  } catch {
    return { code: 0, missing: "" };
  }
}

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
