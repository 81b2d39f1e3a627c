import { setTimeout as sleep } from "node:timers/promises";
import type { AgentStatus, HandoverResult } from "../../../agent/status.js";
import { isEvenkeelError } from "../../../errors/evenkeel-error.js";
import type { AgentClient } from "../../../ports/agent-client.js";
import type { PodTemplate } from "../../../ports/platform.js";
import type { AgentCaller } from "./call-agent.js";

const STATUS_TIMEOUT_MS = 5000;
const AGAIN_MS = 500;

/**
 * Speaks to the agents of a release.
 * @param target version that a candidate should run, while an upgrade goes there
 */
export function kubernetesAgentClient(
  caller: AgentCaller,
  target: () => Promise<PodTemplate | undefined>,
): AgentClient {
  return {
    status: (pod) => caller.json<AgentStatus>(pod, { path: "/status", timeoutMs: STATUS_TIMEOUT_MS }),
    handOver: async (pod, { to, signal } = {}) => {
      const preferred = await target();
      const body = { ...(to === undefined ? {} : { to }), ...(preferred === undefined ? {} : { target: preferred }) };
      for (;;) {
        try {
          return await caller.json<HandoverResult>(pod, { path: "/handover", body, timeoutMs: 0, signal });
        } catch (error) {
          // The connection broke, not the hand-over: the agent answers the same one again, or that there is nothing left to do.
          const broken = isEvenkeelError(error) && error.code === "AGENT_UNREACHABLE";
          if (!broken || signal === undefined || signal.aborted) throw error;
          await sleep(AGAIN_MS, undefined, { signal });
        }
      }
    },
  };
}
